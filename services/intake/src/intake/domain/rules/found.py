"""A broken rule with what the desk does about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from reglament.errors import Violation
from reglament.events.tickets import BrokenRule
from reglament.policy.parts import OnViolation


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A violation, and whether it refuses, returns or only flags the request."""

    violation: Violation
    otherwise: OnViolation


def found(
    otherwise: OnViolation, rule: str, field: str | None = None, detail: str | None = None
) -> Found:
    """One broken rule: stable code, the field it is about, detail in codes or values."""
    return Found(violation=Violation(rule=rule, field=field, detail=detail), otherwise=otherwise)


def those(all_found: Iterable[Found], *kinds: OnViolation) -> list[Violation]:
    """The violations of the kinds named."""
    return [each.violation for each in all_found if each.otherwise in kinds]


def as_broken(violations: Iterable[Violation]) -> tuple[BrokenRule, ...]:
    """As an event says them."""
    return tuple(
        BrokenRule(rule=each.rule, field=each.field, detail=each.detail) for each in violations
    )
