"""Instants as text."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """An aware instant as RFC 3339 in UTC, `2026-11-22T09:00:00.000000Z`."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
