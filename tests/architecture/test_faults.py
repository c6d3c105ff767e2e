"""The table of faults names tests that exist, and every failpoint stands in one list."""

import ast
import re
from pathlib import Path

from reglament.failpoints import POINTS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs/faults.md"
SOURCES = (ROOT / "shared/src", *sorted((ROOT / "services").glob("*/src")))
WANTED = {*range(1, 18), *range(19, 23)}
_ROW = re.compile(r"^\| (\d+) [^|]*\|[^|]*\|(.*)\|$", re.MULTILINE)
_NAMED = re.compile(r"`(tests/[\w/]+\.py)`|`(test_\w+)`")


def functions_of(file: Path) -> set[str]:
    """The names of its test functions."""
    tree = ast.parse(file.read_text())
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in found if node.name.startswith("test_")}


def named_in(text: str) -> set[tuple[str, str]]:
    """File and test of each test that the text names; a name belongs to the file before it."""
    named, file = set(), ""
    for match in _NAMED.finditer(text):
        if match[1]:
            file = match[1]
        else:
            named.add((file, match[2]))
    return named


def test_every_fault_has_its_row_and_its_tests() -> None:
    rows = {int(number): named_in(shown) for number, shown in _ROW.findall(TABLE.read_text())}
    assert rows.keys() == WANTED
    assert all(rows.values())


def test_every_test_in_the_table_exists() -> None:
    missing = [
        f"{file}: {test}"
        for file, test in sorted(named_in(TABLE.read_text()))
        if not (ROOT / file).is_file() or test not in functions_of(ROOT / file)
    ]
    assert missing == []


def test_every_failpoint_is_in_the_list_and_passed_somewhere() -> None:
    call = re.compile(r'failpoint\("([^"]+)"\)')
    files = (file for source in SOURCES for file in source.rglob("*.py"))
    passed = {name for file in files for name in call.findall(file.read_text())}
    assert passed == POINTS.keys()
