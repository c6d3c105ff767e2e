"""May the requester ask (WIS-01, MIC-02, RUS-01), and at which level (WIS-12, MIC-05)?"""

from intake.domain.facts import Entitlement
from intake.domain.rules.found import Found, found
from reglament.policy.model import Policy

KIND = "not-entitled"
UNIDENTIFIED = "customer-unidentified"
IDENTIFYING = {"customer": "customer", "inn": "inn"}  # a field's type -> what it is found by


def violations(policy: Policy, facts: Entitlement) -> list[Found]:
    """Why the desk owes nothing; empty: it does."""
    needs, otherwise = policy.entitlement.needs, policy.entitlement.otherwise
    if needs == "nothing":
        return []
    if facts.customer is None and is_asked(policy, facts):
        return [found("flag", UNIDENTIFIED, "requester")]
    if facts.customer is None:
        return [found(otherwise, "customer-unknown", "requester")]
    if needs == "contract" and facts.contract is None:
        rule = "contract-not-in-force" if facts.had_contract else "contract-missing"
        return [found(otherwise, rule, "requester.customer", facts.customer)]
    return []


def is_asked(policy: Policy, facts: Entitlement) -> bool:
    """Whether the desk asks who it is, rather than turn away an unknown customer (MIC-09)."""
    is_unknown = facts.customer is None and not facts.is_named
    wanted = policy.entitlement
    return is_unknown and wanted.needs != "nothing" and wanted.unidentified == "ask"


def identifying(policy: Policy) -> tuple[str, ...]:
    """The desk's fields by which a customer is found; a code for all where it has none."""
    named = (
        name
        for name, rule in policy.request.fields.items()
        if IDENTIFYING.get(rule.type) in policy.entitlement.by
    )
    return tuple(named) or ("identification",)
