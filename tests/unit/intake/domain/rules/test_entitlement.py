"""May the requester ask?"""

import pytest

from intake.domain.facts import Entitlement
from intake.domain.rules.entitlement import violations
from tests.support.tickets import desk

CONTRACT = Entitlement(customer="acme", contract="42")


@pytest.mark.rule("MIC-02")
@pytest.mark.rule("RUS-01")
@pytest.mark.parametrize(
    ("needs", "facts", "rule"),
    [
        ("nothing", Entitlement(), None),
        ("customer", Entitlement(), "customer-unknown"),
        ("customer", Entitlement(customer="acme"), None),
        ("contract", Entitlement(), "customer-unknown"),
        ("contract", Entitlement(customer="acme"), "contract-missing"),
        ("contract", Entitlement(customer="acme", had_contract=True), "contract-not-in-force"),
        ("contract", CONTRACT, None),
    ],
)
def test_the_desk_says_what_is_needed(needs: str, facts: Entitlement, rule: str | None) -> None:
    found = violations(desk(entitlement={"needs": needs}), facts)
    assert [each.violation.rule for each in found] == ([rule] if rule else [])
    assert all(each.otherwise == "refuse" for each in found)
