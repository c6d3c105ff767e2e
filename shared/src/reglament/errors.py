"""All the ways in which the platform says no. The HTTP edge turns each into a problem document."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule: its stable code, the field it is about, and detail in codes or values."""

    rule: str
    field: str | None = None
    detail: str | None = None


class ReglamentError(Exception):
    """Root of the errors that are answers, not faults."""


class Refused(ReglamentError):
    """A decider says no. `kind` is the problem's stable type, e.g. `rules-violated`."""

    def __init__(self, violations: Sequence[Violation], kind: str = "rules-violated") -> None:
        super().__init__(kind, *(violation.rule for violation in violations))
        self.kind = kind
        self.violations = tuple(violations)


class Conflict(ReglamentError):
    """The stream is at another version than the caller said (If-Match) or than was decided on."""

    def __init__(self, stream: str, expected: int, actual: int | None = None) -> None:
        super().__init__(f"{stream}: expected version {expected}, found {actual}")
        self.stream, self.expected, self.actual = stream, expected, actual


class NotFound(ReglamentError):
    """No such thing, or none that the caller may see: the two look alike from outside."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"no {kind} {identifier}")
        self.kind, self.identifier = kind, identifier


class Forbidden(ReglamentError):
    """Known caller, but the role may not do this."""


class Unauthorized(ReglamentError):
    """No key, or none that is valid now."""


class NotYet(ReglamentError):
    """A fact that this record needs has not arrived (e.g. its policy): wait, then try again."""


class KeyReused(ReglamentError):
    """The Idempotency-Key was used with another body (contract: 422)."""


class Unavailable(ReglamentError):
    """Nothing was written; the same request may be tried again soon (503, Retry-After)."""


class OutcomeUnknown(Unavailable):
    """The connection was lost during COMMIT: it may stand or not.

    Trying again with the same Idempotency-Key gives one effect (reliability b2 10).
    """
