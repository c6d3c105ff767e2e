"""Every instant is spelt in one way, whatever its zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglament.instants import rfc3339

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC) | ZONES)  # noqa: DTZ001


@given(INSTANTS)
def test_an_instant_is_spelt_in_utc_to_the_microsecond(at: datetime) -> None:
    spelt = rfc3339(at)
    assert spelt == f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    assert datetime.fromisoformat(spelt) == at


@pytest.mark.parametrize("microsecond", [0, 1, 120_000])
def test_a_whole_second_has_its_zeros(microsecond: int) -> None:
    at = datetime(2026, 11, 22, 9, tzinfo=UTC, microsecond=microsecond)
    assert rfc3339(at) == f"2026-11-22T09:00:00.{microsecond:06}Z"
