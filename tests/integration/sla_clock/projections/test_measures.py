"""The gauges of open clocks and of the holidays' horizon."""

from datetime import UTC, datetime, timedelta

import pytest

from reglament.calendars.reading import read_calendar
from reglament.metrics import REGISTRY
from sla_clock.projections.measures import OpenClocks, measure_horizon
from tests.integration.sla_clock.conftest import Clocked, answered, author, opened

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 18, 16, tzinfo=UTC)


def shown(metric: str, state: str) -> float | None:
    labels = {"desk": "north", "metric": metric, "state": state}
    return REGISTRY.get_sample_value("sla_clocks_open", labels)


async def test_open_clocks_are_counted_and_go_to_zero(clocked: Clocked) -> None:
    first, answer = author("t-1").history(opened(AT), answered(AT + timedelta(minutes=5)))
    open_clocks = OpenClocks()
    async with clocked.runtime.pool.acquire() as connection:
        await clocked.feed(first)
        await open_clocks.measure(connection)
        assert (shown("first_response", "running"), shown("handling", "running")) == (1, 1)
        await clocked.feed(answer)
        await open_clocks.measure(connection)
        assert (shown("first_response", "running"), shown("handling", "running")) == (0, 1)


def test_the_holidays_horizon_ends_with_the_last_decreed_year() -> None:
    written = {"time_zone": "Europe/Moscow", "hours": "24x7", "holidays": "RU"}
    now = datetime(2027, 12, 31, 20, tzinfo=UTC)
    measure_horizon([read_calendar(written)], now)
    assert REGISTRY.get_sample_value("calendar_horizon_seconds", {"holidays": "RU"}) == 3600
