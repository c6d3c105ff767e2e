"""The only place where the time of day enters."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """The instant it is, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def rfc3339(at: datetime) -> str:
    """An aware instant as RFC 3339 in UTC, `2026-11-22T09:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
