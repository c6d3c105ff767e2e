"""May the requester ask (WIS-01, MIC-02, RUS-01), and at which level (WIS-12, MIC-05)?"""

from intake.domain.facts import Entitlement
from intake.domain.rules.found import Found, found
from reglament.policy.model import Policy

KIND = "not-entitled"


def violations(policy: Policy, facts: Entitlement) -> list[Found]:
    """Why the desk owes nothing; empty: it does."""
    needs, otherwise = policy.entitlement.needs, policy.entitlement.otherwise
    if needs == "nothing":
        return []
    if facts.customer is None:
        return [found(otherwise, "customer-unknown", "requester")]
    if needs == "contract" and facts.contract is None:
        rule = "contract-not-in-force" if facts.had_contract else "contract-missing"
        return [found(otherwise, rule, "requester.customer", facts.customer)]
    return []
