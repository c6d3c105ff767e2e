"""docs/api.md: each block runs, in order, in one shell, and answers as the document says."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reglament_local.places import CHECKOUT

pytestmark = pytest.mark.acceptance

BLOCK = re.compile(r"```sh\n(.*?)```(?:\n```json\n(.*?)```)?", re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer((CHECKOUT / "docs/api.md").read_text("utf-8"))]


def differing(said: Any, given: Any, path: str = "") -> list[str]:
    """Where the answer is not as the document says; `…` and what is left out may be anything."""
    if said == "…":
        return []
    if isinstance(said, dict) and isinstance(given, dict):
        parts = [(said[name], given.get(name), f"{path}.{name}") for name in said]
        missing = [f"{path}.{name} is missing" for name in said if name not in given]
        return missing + [each for part in parts for each in differing(*part)]
    return [] if said == given else [f"{path}: {given!r}, not {said!r}"]


@pytest.fixture(scope="module")
def answers(ready_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block prints, of one shell that runs them all."""
    work = tmp_path_factory.mktemp("api")
    (work / ".run").mkdir()
    (work / ".run" / "ready.json").write_text(ready_file.read_text())
    lines = ["set -euo pipefail"]
    for number, (commands, _) in enumerate(BLOCKS):
        lines += [f"exec > {number}.out", commands]
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join(lines)],
        cwd=work,
        env=os.environ | {"TMPDIR": str(work)},
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return [(work / f"{number}.out").read_text() for number in range(len(BLOCKS))]


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) > 8
    assert all(expected for _, expected in BLOCKS[1:])


@pytest.mark.parametrize("number", range(1, len(BLOCKS)))
def test_a_block_answers_as_the_document_says(answers: list[str], number: int) -> None:
    assert differing(json.loads(BLOCKS[number][1]), json.loads(answers[number])) == []
