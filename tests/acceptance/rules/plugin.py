"""What pytest does besides for rules: tests tell which rule they show, and run once a key
that switches it on, without that key (`--rules-mutations`).
"""

from collections.abc import Iterator
from itertools import chain

import pytest

from tests.acceptance.rules.catalogue import keys_of

OPTION = "rules_mutations"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rules-mutations`."""
    parser.addoption("--rules-mutations", action="store_true", dest=OPTION)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A run a key."""
    if not metafunc.config.getoption(OPTION) or "variation" not in metafunc.fixturenames:
        return
    markers = metafunc.definition.iter_markers("rule")
    keys = dict.fromkeys(chain.from_iterable(keys_of(m.kwargs.get("key", ())) for m in markers))
    if keys:
        metafunc.parametrize("variation", list(keys), indirect=True, ids=list(keys))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of rules only, and of mutations only where those are asked for."""
    for item in items:
        item.user_properties += list(_properties(item))
    if config.getoption(OPTION):
        items[:] = [item for item in items if _variation(item) is not None]


def _variation(item: pytest.Item) -> str | None:
    call = getattr(item, "callspec", None)
    return None if call is None else call.params.get("variation")


def _properties(item: pytest.Item) -> Iterator[tuple[str, object]]:
    key = _variation(item)
    for marker in item.iter_markers("rule"):
        if key is None or key in keys_of(marker.kwargs.get("key", ())):
            yield from (("rule", (rule, key)) for rule in marker.args)
