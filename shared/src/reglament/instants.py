"""Instants as text."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """An aware instant as RFC 3339 in UTC, `2026-11-22T09:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
