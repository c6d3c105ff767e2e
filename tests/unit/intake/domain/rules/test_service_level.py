"""The service level, and the rule that gave it."""

import pytest

from intake.domain.facts import Entitlement
from intake.domain.rules.service_level import level_of
from reglament.events.tickets import OwnTarget
from tests.support.tickets import desk

OWN = desk(service_levels={"base": {}, "commercial": {"when": "own_address"}})
TARGETS = (OwnTarget(metric="handling", within="4h"),)


@pytest.mark.rule("WIS-12")
@pytest.mark.parametrize(
    ("on_register", "authenticated", "level", "rule"),
    [
        (True, True, "commercial", "own-address"),
        (True, None, "commercial", "own-address"),
        (True, False, "base", "not-own-address"),
        (False, True, "base", "not-own-address"),
    ],
)
def test_a_level_for_own_addresses_needs_one_that_is_not_forged(
    on_register: bool, authenticated: bool | None, level: str, rule: str
) -> None:
    facts = Entitlement(customer="acme", on_register=on_register, authenticated=authenticated)
    found = level_of(OWN, facts)
    assert (found.name, found.rule) == (level, rule)


@pytest.mark.rule("WIS-12")
def test_a_contracts_commercial_level_and_targets_do_not_reach_a_strangers_address() -> None:
    facts = Entitlement(customer="acme", contract="1", level="commercial", targets=TARGETS)
    found = level_of(OWN, facts)
    assert (found.name, found.targets) == ("base", ())


@pytest.mark.rule("MIC-05")
def test_a_contracts_level_wins_and_without_one_the_desks_first_holds() -> None:
    policy = desk(service_levels={"basic": {}, "premium": {}})
    facts = Entitlement(customer="acme", contract="1", level="premium", targets=TARGETS)
    assert level_of(policy, facts).name == "premium"
    assert level_of(policy, facts).targets == TARGETS
    assert level_of(policy, Entitlement(customer="acme")).name == "basic"
    assert level_of(desk(), Entitlement()).name is None


@pytest.mark.rule("MIC-05")
def test_a_contracts_level_that_the_desk_has_not_gives_the_first_that_is_for_all() -> None:
    gone = Entitlement(customer="acme", contract="1", level="gold", on_register=True)
    basic = level_of(desk(service_levels={"basic": {}, "premium": {}}), gone)
    assert (basic.name, basic.rule) == ("basic", "desk-level")
    assert level_of(OWN, gone).name == "base"
