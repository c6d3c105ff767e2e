"""Closed time with its reasons."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reglament.calendars.reading import read_calendar
from reglament.calendars.stretches import open_spans, stretches
from reglament.calendars.working_time import between

OFFICE = read_calendar(
    {
        "time_zone": "Europe/Moscow",
        "hours": {"mon-fri": ["10:00-13:00", "14:00-18:00"]},
        "holidays": "RU",
        "overrides": {"2026-11-06": []},
    }
)


def _moscow(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+03:00")


def test_every_stretch_says_why_it_is_closed() -> None:
    told = [
        (s.start, s.closed_because, s.day)
        for s in stretches(OFFICE, _moscow("2026-11-03T12:00"), _moscow("2026-11-09T11:00"))
    ]
    assert told == [
        (_moscow("2026-11-03T12:00"), None, None),
        (_moscow("2026-11-03T13:00"), "break", None),
        (_moscow("2026-11-03T14:00"), None, None),
        (_moscow("2026-11-03T18:00"), "night", None),
        (_moscow("2026-11-04T00:00"), "holiday", date(2026, 11, 4)),
        (_moscow("2026-11-05T00:00"), "night", None),
        (_moscow("2026-11-05T10:00"), None, None),
        (_moscow("2026-11-05T13:00"), "break", None),
        (_moscow("2026-11-05T14:00"), None, None),
        (_moscow("2026-11-05T18:00"), "night", None),
        (_moscow("2026-11-06T00:00"), "override", date(2026, 11, 6)),
        (_moscow("2026-11-07T00:00"), "weekend", None),
        (_moscow("2026-11-09T00:00"), "night", None),
        (_moscow("2026-11-09T10:00"), None, None),
    ]


def test_a_holiday_is_named() -> None:
    (stretch,) = stretches(OFFICE, _moscow("2026-11-04T01:00"), _moscow("2026-11-04T02:00"))
    assert (stretch.name, stretch.is_open) == ("Unity Day", False)


@given(
    st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(), timedelta(days=40)),
)
def test_stretches_cover_the_time_without_gaps_and_agree_with_working_time(
    start: datetime, length: timedelta
) -> None:
    told = list(stretches(OFFICE, start, start + length))
    edges = [start, *(stretch.end for stretch in told)]
    assert [stretch.start for stretch in told] == edges[:-1]
    assert edges[-1] == start + length
    opened = sum((s.end - s.start for s in told if s.is_open), timedelta())
    assert opened == between(OFFICE, start, start + length)
    spans = open_spans(OFFICE, start, start + length)
    assert sum((end - begin for begin, end in spans), timedelta()) == opened
