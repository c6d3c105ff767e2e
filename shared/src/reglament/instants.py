"""Instants as text."""

from datetime import UTC, datetime
from functools import lru_cache


def rfc3339(at: datetime) -> str:
    """An aware instant as RFC 3339 in UTC, `2026-11-22T09:00:00.000000Z`."""
    return _spelt(at if at.tzinfo is UTC else at.astimezone(UTC))


# An instant is spelt in an envelope's attributes and in every row and answer that follows from it.
# In UTC only: elsewhere two instants of one wall time compare as equal.
@lru_cache(maxsize=1024)
def _spelt(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
