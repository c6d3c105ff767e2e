"""What a page for those who run it tells them to look at and to do is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reglament.cli.app import main
from reglament_local.places import CHECKOUT
from reglament_local.watching.boards import BOARDS

FOLDER = CHECKOUT / "docs" / "runbooks"
RUNBOOKS = sorted(page for page in FOLDER.glob("*.md") if page.stem != "README")
PAGES = [*RUNBOOKS, CHECKOUT / "docs" / "operations.md"]
CODE = re.compile(r"`([^`\n]+)`")
PANEL = re.compile(r"(?<![*\w])\*([A-Z][^*\n]+)\*(?!\*)")
ROUTE = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) /v1(/[^?]*)(\?.*)?$")
PLACES = {"TICKET": "t", "SERVICE": "intake", "S": "intake"}


def commands(page: Path) -> Iterator[str]:
    """What stands in code marks in a line."""
    for found in CODE.finditer(page.read_text()):
        yield found[1]


@pytest.fixture(scope="module")
def routes() -> set[tuple[str, str]]:
    """Method and path of every service, `{}` for what varies."""
    documents = (CHECKOUT / "docs" / "contract" / "openapi").glob("*.json")
    return {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for document in documents
        for path, methods in json.loads(document.read_text())["paths"].items()
        for method in methods
    }


@pytest.fixture(scope="module")
def source() -> str:
    """All that our services may say in a log."""
    folders = (CHECKOUT / "shared" / "src", *(CHECKOUT / "services").glob("*/src"))
    return "\n".join(
        file.read_text() for folder in folders for file in sorted(folder.rglob("*.py"))
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_routes_of_a_runbook_exist(page: Path, routes: set[tuple[str, str]]) -> None:
    for command in commands(page):
        if found := ROUTE.match(command):
            path = re.sub(r"\{[^}]*\}", "{}", found[2])
            assert {(found[1], path), (found[1], f"/v1{path}")} & routes, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_runbook_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    for command in commands(page):
        words = [PLACES.get(word, word) for word in command.split()]
        if words[0] == "make":
            assert f"\n{words[1]}:" in makefile, command
        elif words[0] == "reglament":
            with pytest.raises(SystemExit) as ended:
                main([*words[1:], "--help"])
            assert ended.value.code == 0, command
            options = [word for word in words if word.startswith("--")]
            assert all(option in capsys.readouterr().out for option in options), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_runbook_looks_for_in_logs_is_said_by_the_code(page: Path, source: str) -> None:
    for command in commands(page):
        if re.fullmatch(r"[a-z]+(_[a-z]+)+", command):
            assert f'"{command}"' in source, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_settings_of_a_page_exist(page: Path) -> None:
    known = (CHECKOUT / "docs" / "settings.md").read_text()
    for command in commands(page):
        if found := re.match(r"(…|INTAKE|SLA_CLOCK|ESCALATION|NOTIFIER)_[A-Z_]+(?==|$)", command):
            assert f"`{found[0]}`" in known or f"`…_{found[0].split('_', 1)[1]}`" in known, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_panels_of_a_runbook_are_on_a_board(page: Path) -> None:
    panels = {panel for board in BOARDS for panel, _ in board.queries()}
    for found in PANEL.finditer(page.read_text()):
        assert any(panel.startswith(found[1]) for panel in panels), found[1]
