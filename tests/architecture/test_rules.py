"""The table of rules is what the markers say, and each marker says enough."""

import pytest

from reglament.policy.loader import parse
from tests.acceptance.rules import catalogue
from tests.acceptance.rules.variation import varied
from tests.support.material import ROOT

SHOWN = catalogue.shown()
DESKS = sorted({desk for _, desk in catalogue.rules()})


def is_of(desk: str, one: catalogue.Shown) -> bool:
    """Whether it stands in the desk's own folder."""
    return one.file.startswith(f"desks/{desk}/")


def test_the_table_of_rules_is_made_of_the_markers() -> None:
    written = catalogue.DOCUMENT.read_text()
    assert written == catalogue.document(catalogue.rules(), SHOWN), "run `make rules`"


def test_markers_name_rules_that_exist() -> None:
    assert {one.rule for one in SHOWN} <= {rule for rule, _ in catalogue.rules()}


def test_every_rule_is_shown_in_its_own_desks_folder() -> None:
    missing = [
        rule
        for rule, desk in catalogue.rules()
        if rule not in {one.rule for one in SHOWN if is_of(desk, one)}
    ]
    assert missing == []


@pytest.mark.parametrize("desk", DESKS)
def test_a_rule_of_a_desk_says_in_a_sentence_what_holds_and_what_switches_it_on(desk: str) -> None:
    found = [one for one in SHOWN if is_of(desk, one)]
    for rule in dict.fromkeys(one.rule for one in found):
        of_rule = [one for one in found if one.rule == rule]
        assert any(one.holds for one in of_rule), f"{rule}: no docstring"
        assert any(one.keys or one.always for one in of_rule), f"{rule}: neither key nor always"


def test_every_key_stands_in_the_desks_policy() -> None:
    desks = dict(catalogue.rules())
    for one in SHOWN:
        policy = ROOT / "policies" / f"{desks[one.rule]}.yaml"
        for key in one.keys:
            before = parse(policy.read_bytes())
            assert varied(before, key) != before, f"{one.rule}: {key} changes nothing"
