"""The service level of a request, and the rule that gave it (WIS-11, WIS-12, MIC-05)."""

from dataclasses import dataclass

from intake.domain.facts import Entitlement
from reglament.events.tickets import OwnTarget
from reglament.policy.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level with its reason; the contract's own targets go with the contract's level."""

    name: str | None
    rule: str | None
    targets: tuple[OwnTarget, ...] = ()


def level_of(policy: Policy, facts: Entitlement) -> Level:
    """The contract's level, else the desk's for an own address, else the desk's first.

    A level that is only for own addresses falls back to the first that is for all (WIS-12); so
    does one that the desk has no more.
    """
    for_all = next((name for name, level in policy.service_levels.items() if not level.when), None)
    own = next((name for name, level in policy.service_levels.items() if level.when), None)
    wanted = facts.level or own
    rule = policy.service_levels.get(wanted) if wanted else None
    if rule is not None and rule.when and not facts.is_own_address:
        return Level(name=for_all, rule="not-own-address")
    if facts.level and (rule is not None or not policy.service_levels):
        return Level(name=facts.level, rule="contract-level", targets=facts.targets)
    if own and facts.customer and not facts.level:
        return Level(name=own, rule="own-address", targets=facts.targets)
    return Level(name=for_all, rule="desk-level" if for_all else None, targets=facts.targets)
