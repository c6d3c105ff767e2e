"""The dashboards against Grafana's own types, as its package @grafana/schema has them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from reglament_local.places import CHECKOUT
from reglament_local.watching.boards import BOARDS

SCHEMA = CHECKOUT / "deploy" / "grafana" / "schema"
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which what the checker needs is installed."""
    folder = tmp_path_factory.mktemp("grafana")
    shutil.copy(SCHEMA / "package.json", folder)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=120)
    if done.returncode:
        pytest.skip("no npm registry can be reached")
    return folder


def check(folder: Path, files: list[Path]) -> subprocess.CompletedProcess[str]:
    """What Grafana's schema says of them."""
    command = ["node", str(SCHEMA / "check.cjs"), *map(str, files)]
    return subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=120
    )


@needs_npm
def test_grafanas_schema_takes_every_dashboard(checker: Path) -> None:
    files = sorted((CHECKOUT / "deploy" / "grafana" / "dashboards").rglob("*.json"))
    assert len(files) == len(BOARDS)
    said = check(checker, files)
    assert (said.returncode, said.stdout) == (0, ""), said.stderr


@needs_npm
def test_it_refuses_an_unknown_key_and_a_wrong_type(checker: Path) -> None:
    for number, fault in enumerate(({"graphTooltipp": 1}, {"title": 5})):
        file = checker / f"{number}.json"
        file.write_text(json.dumps({**BOARDS[0].document(), **fault}))
        said = check(checker, [file])
        assert said.returncode == 1
        assert next(iter(fault)) in said.stdout
