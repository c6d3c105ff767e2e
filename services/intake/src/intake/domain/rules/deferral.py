"""The desk's reasons: any other is refused (EIL-15, WIS-20, MIC-14)."""

from datetime import datetime

from reglament.errors import Violation


def reason_violations(allowed: tuple[str, ...], reason: str) -> list[Violation]:
    """Why the reason does not stand; a desk that names none takes any."""
    if not allowed or reason in allowed:
        return []
    return [Violation(rule="reason-not-the-desks", field="reason", detail=", ".join(allowed))]


def future_violations(field: str, until: datetime | None, at: datetime) -> list[Violation]:
    """A date agreed on lies ahead."""
    if until is None or until > at:
        return []
    return [Violation(rule="date-in-the-past", field=field)]
