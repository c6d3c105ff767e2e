"""asyncapi.yaml, read by AsyncAPI's own parser (npm @asyncapi/parser, by its lock file)."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from reglament.contract.asyncapi import asyncapi_document

HERE = Path(__file__).parent / "asyncapi"


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which it is installed."""
    folder = tmp_path_factory.mktemp("asyncapi")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_asyncapis_own_parser_takes_the_document_and_refuses_a_wounded_one(parser: Path) -> None:
    """Both in one run: loading the parser takes longer than parsing."""
    whole, wounded = parser / "whole.yaml", parser / "wounded.yaml"
    whole.write_text(asyncapi_document())
    document = yaml.safe_load(asyncapi_document())
    document["operations"]["send_tickets"]["action"] = "shout"
    wounded.write_text(yaml.safe_dump(document))
    done = subprocess.run(
        ["/usr/bin/env", "node", str(HERE / "check.cjs"), str(whole), str(wounded)],
        cwd=parser,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    faulty = {line.split(": ")[0] for line in done.stdout.splitlines()}
    assert faulty == {str(wounded)}, done.stdout + done.stderr
    assert "send_tickets.action" in done.stdout
    assert done.returncode == 1
