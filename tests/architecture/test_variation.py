"""A policy with a key taken out or set otherwise: what `make rules-mutations` publishes."""

import pytest

from tests.acceptance.rules.variation import Document, varied

POLICY: Document = {
    "scope": "categories",
    "request": {"fields": {"version": {"required": True}}, "contacts": ["email", "phone"]},
    "sla": {"targets": [{"metric": "handling"}, {"metric": "update", "priority": "high"}]},
}


@pytest.mark.parametrize(
    ("key", "part", "left"),
    [
        ("scope", "scope", None),
        ("scope=open", "scope", "open"),
        ("duplicates={window: 1h}", "duplicates", {"window": "1h"}),
        ("request.contacts[phone]", "request", {**POLICY["request"], "contacts": ["email"]}),
        ("sla.targets[metric=handling]", "sla", {"targets": [POLICY["sla"]["targets"][1]]}),
        (
            "sla.targets[metric=update,priority=high].metric=handling",
            "sla",
            {"targets": [{"metric": "handling"}, {"metric": "handling", "priority": "high"}]},
        ),
    ],
)
def test_a_key_is_taken_out_or_set(key: str, part: str, left: object) -> None:
    before = str(POLICY)
    assert varied(POLICY, key).get(part) == left
    assert str(POLICY) == before


@pytest.mark.parametrize("key", ["absent", "request.fields.steps", "sla.targets[metric=none]"])
def test_a_key_that_is_not_there_is_an_error(key: str) -> None:
    with pytest.raises(KeyError):
        varied(POLICY, key)
