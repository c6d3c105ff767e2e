"""Counts the open clocks and the days until holidays run out, for the metrics."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from reglament import metrics
from reglament.calendars.calendar import Calendar, decreed_until
from reglament.calendars.zones import zone

OVERDUE = """
SELECT EXTRACT(EPOCH FROM clock_timestamp() - min(look_at))::float8 FROM timers
WHERE look_at <= clock_timestamp()"""
OPEN = "SELECT desk, metric, state, count(*) FROM clocks_v1 WHERE is_open GROUP BY 1, 2, 3"


class OpenClocks:
    """The gauge `sla_clocks_open`; a group that has emptied goes to zero."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()

    async def measure(self, connection: Any) -> None:
        """Count and show."""
        rows = await connection.fetch(OPEN)
        found = {(row["desk"], row["metric"], row["state"]): row["count"] for row in rows}
        for group in self._seen | found.keys():
            metrics.CLOCKS_OPEN.labels(*group).set(found.get(group, 0))
        self._seen |= found.keys()


async def measure_overdue(connection: Any) -> None:
    """How long the first due timer has waited; what never fires is in no histogram."""
    metrics.TIMERS_OVERDUE.set(await connection.fetchval(OVERDUE) or 0.0)


def measure_horizon(calendars: Iterable[Calendar], now: datetime) -> None:
    """How far ahead each region's holidays are known; negative: not any more (semantics 6)."""
    for calendar in calendars:
        until = decreed_until(calendar)
        if calendar.region is None or until is None:
            continue
        end = datetime.combine(until, datetime.min.time(), zone(calendar.zone)) + timedelta(days=1)
        metrics.CALENDAR_HORIZON.labels(calendar.region).set((end - now).total_seconds())
