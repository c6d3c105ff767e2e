"""What no linter here says: desks are data, one definition of each thing, one source of time."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reglament.http.problems import PROBLEMS

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "shared/src", *sorted((ROOT / "services").glob("*/src")))
FILES = sorted(file for source in SOURCES for file in source.rglob("*.py"))
DESKS = sorted(file.stem for file in (ROOT / "policies").glob("*.yaml"))
TELLS_TIME = {
    "reglament/clock.py": {"datetime.now"},
    "reglament/ids.py": {"time.time_ns"},
}
FORBIDDEN_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
}
METRIC_CLASSES = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
SAID_BY_THE_CONTRACT = {"RequestInfo"}  # style.md names this command
SUFFIXES = re.compile(r"(Manager|Helper|Util|Utils|Base|Common|Service|Impl|Info)$")


def within(file: Path) -> str:
    """The path below its source root."""
    for source in SOURCES:
        if file.is_relative_to(source):
            return str(file.relative_to(source))
    raise ValueError(file)


@cache
def tree_of(file: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(file.read_text("utf-8"), str(file))


def calls_of(tree: ast.Module) -> Iterator[str]:
    """The last two names of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:])


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 50
    assert len(DESKS) >= 5


@pytest.mark.parametrize("desk", DESKS)
def test_no_code_knows_a_desk_by_name(desk: str) -> None:
    word = re.compile(rf"(?i)(?<![a-z]){desk}(?![a-z])")
    sources = [each for source in SOURCES for each in source.rglob("*") if each.is_file()]
    knowing = [
        str(file)
        for file in sources
        if file.suffix in {".py", ".sql", ".txt", ".yaml", ".html", ".js"}
        and word.search(file.read_text("utf-8"))
    ]
    assert knowing == []


@pytest.mark.parametrize("file", FILES, ids=within)
def test_only_clock_and_ids_tell_the_time_and_make_ids(file: Path) -> None:
    allowed = TELLS_TIME.get(within(file), set())
    assert set(calls_of(tree_of(file))) & FORBIDDEN_CALLS <= allowed


def test_a_metric_is_declared_in_one_module_only() -> None:
    declaring = {
        within(file)
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
        if METRIC_CLASSES & {alias.name for alias in node.names}
    }
    assert declaring == {"reglament/metrics.py"}


def test_an_event_is_defined_in_the_language_only() -> None:
    defining = {
        within(file)
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(each).startswith("event(") for each in node.decorator_list)
    }
    assert defining
    assert all(path.startswith("reglament/events/") for path in defining)


def kinds_of(tree: ast.Module) -> Iterator[str]:
    """The kinds that a module refuses with, where it says them as they are."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("Refused"):
            continue
        said = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "kind")]
        for each in said:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def test_every_refusal_has_its_type_in_the_list_of_problems() -> None:
    said = {kind for file in FILES for kind in kinds_of(tree_of(file))}
    assert said
    assert said <= set(PROBLEMS)


def test_no_class_is_named_by_what_says_nothing() -> None:
    named = [
        f"{within(file)}: {node.name}"
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ClassDef) and SUFFIXES.search(node.name)
        if node.name not in SAID_BY_THE_CONTRACT
    ]
    assert named == []


def test_packages_are_empty_and_files_are_short() -> None:
    full = [
        within(file)
        for file in FILES
        if file.name == "__init__.py" and file.read_text("utf-8").strip()
    ]
    long = [within(file) for file in FILES if len(file.read_text("utf-8").splitlines()) > 400]
    assert full == []
    assert long == []
