"""Laws of working time, and its corners."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.calendars.calendar import Calendar, shortened
from reglament.calendars.reading import read_calendar
from reglament.calendars.spans import Span
from reglament.calendars.working_time import (
    add,
    add_business_days,
    between,
    business_days_between,
    business_days_spent,
    closing,
    is_open,
    is_provisional,
    next_closing,
    next_opening,
    opening,
    shares,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Europe/Moscow", "Asia/Kolkata")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Edges keep clear of 00:01-03:59, where these zones change their clocks: there the oracle,
# which only reads the wall clock, could not tell the two passes of a fold apart.
EDGES = tuple(range(4, 24))
MINUTE = timedelta(minutes=1)


def _text(hour: int) -> str:
    return f"{hour:02d}:00"


@st.composite
def _days(draw: st.DrawFn) -> list[tuple[str, str]]:
    edges = sorted(draw(st.lists(st.sampled_from(EDGES), min_size=2, max_size=4, unique=True)))
    spans = [(_text(a), _text(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if draw(st.booleans()):
        spans[-1] = (spans[-1][0], draw(st.sampled_from(["24:00", "05:00"])))
    return spans


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.dictionaries(st.sampled_from(DAYS), _days(), min_size=1, max_size=7))
    around = st.dates(date(2024, 3, 1), date(2024, 12, 31))
    return read_calendar(
        {
            "time_zone": draw(st.sampled_from(ZONES)),
            "hours": week,
            "holidays": draw(st.lists(around, max_size=4)),
            "overrides": draw(st.dictionaries(around, _days(), max_size=2)),
        }
    )


instants = st.datetimes(datetime(2024, 3, 1), datetime(2024, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(days=-60), timedelta(days=60))


@settings(deadline=None)
@given(_calendars(), instants, spans)
def test_between_undoes_add(calendar: Calendar, start: datetime, budget: timedelta) -> None:
    assert between(calendar, start, add(calendar, start, budget)) == budget


@settings(deadline=None)
@given(_calendars(), instants, spans, spans)
def test_add_never_runs_backwards(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    less, more = sorted((one, other))
    assert add(calendar, start, less) <= add(calendar, start, more)


@settings(deadline=None)
@given(_calendars(), instants, instants, instants)
def test_between_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    assert between(calendar, a, b) + between(calendar, b, c) == between(calendar, a, c)


@settings(deadline=None)
@given(_calendars(), instants, spans.filter(lambda span: span > timedelta()))
def test_a_due_time_is_the_earliest_instant_that_uses_up_the_budget(
    calendar: Calendar, start: datetime, budget: timedelta
) -> None:
    due = add(calendar, start, budget)
    assert between(calendar, start, due - timedelta(microseconds=1)) < budget


@settings(deadline=None)
@given(_calendars(), instants, instants)
def test_a_share_falls_where_its_part_of_the_working_time_is_added(
    calendar: Calendar, start: datetime, end: datetime
) -> None:
    budget = between(calendar, start, end)
    assert list(shares(calendar, start, end, (0, 33, 75))) == [
        (percent, add(calendar, start, budget * percent / 100)) for percent in (0, 33, 75)
    ]


def _oracle_is_open(calendar: Calendar, at: datetime) -> bool:
    """By the wall clock of the minute, and of the day before for overnight spans."""
    wall = at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)
    overrides, holidays = dict(calendar.overrides), dict(calendar.holidays)
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        seconds = wall.hour * 3600 + wall.minute * 60 + wall.second + back * 86_400
        spans = () if day in holidays else calendar.week[day.weekday()]
        if any(s.opens <= seconds < s.closes for s in overrides.get(day, spans)):
            return True
    return False


@settings(max_examples=30, deadline=None)
@given(_calendars(), instants, st.integers(0, 4 * 24 * 60))
def test_working_time_equals_a_count_minute_by_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    counted = sum(_oracle_is_open(calendar, start + n * MINUTE) for n in range(minutes))
    assert between(calendar, start, start + minutes * MINUTE) == counted * MINUTE
    assert is_open(calendar, start) == _oracle_is_open(calendar, start)


OFFICE = read_calendar(
    {"time_zone": "Europe/Moscow", "hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}
)
ALWAYS = read_calendar({"time_zone": "Europe/Berlin", "hours": "24x7"})


def _moscow(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+03:00")


def test_a_working_saturday_has_the_hours_of_a_friday() -> None:
    assert next_opening(OFFICE, _moscow("2024-12-27T18:00")) == _moscow("2024-12-28T10:00")
    assert closing(OFFICE, date(2024, 12, 28)) == _moscow("2024-12-28T18:00")


def test_a_moved_day_off_is_closed() -> None:
    assert next_opening(OFFICE, _moscow("2024-12-30T12:00")) == _moscow("2025-01-09T10:00")
    assert opening(OFFICE, date(2024, 12, 30)) is None


def test_the_eve_of_a_holiday_closes_an_hour_earlier_only_where_the_calendar_says_so() -> None:
    short = read_calendar(
        {
            "time_zone": "Europe/Moscow",
            "hours": {"mon-fri": ["10:00-18:00"]},
            "holidays": "RU",
            "short_days": True,
        }
    )
    assert closing(short, date(2026, 4, 30)) == _moscow("2026-04-30T17:00")
    assert closing(OFFICE, date(2026, 4, 30)) == _moscow("2026-04-30T18:00")


def test_a_day_on_which_clocks_go_forward_has_23_hours() -> None:
    start = datetime.fromisoformat("2024-03-31T00:00+01:00")
    end = datetime.fromisoformat("2024-04-01T00:00+02:00")
    assert between(ALWAYS, start, end) == timedelta(hours=23)


def test_a_calendar_that_is_always_open_has_no_next_closing() -> None:
    assert next_closing(ALWAYS, _moscow("2024-12-30T12:00")) is None
    assert next_closing(OFFICE, _moscow("2024-12-27T17:00")) == _moscow("2024-12-27T18:00")


def test_an_opening_over_new_year_closes_once() -> None:
    nights = read_calendar({"time_zone": "UTC", "hours": {"mon-sun": ["20:00-06:00"]}})
    at = datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert next_closing(nights, at) == datetime(2025, 1, 1, 6, tzinfo=UTC)


def test_a_wall_time_in_the_gap_is_the_first_instant_that_exists() -> None:
    start = datetime.fromisoformat("2024-03-30T02:30+01:00")
    assert add_business_days(ALWAYS, start, 1) == datetime(2024, 3, 31, 1, tzinfo=UTC)


def test_a_wall_time_in_the_fold_is_the_first() -> None:
    start = datetime.fromisoformat("2024-10-26T02:30+02:00")
    assert add_business_days(ALWAYS, start, 1) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_date_that_a_zone_skipped_is_no_business_day() -> None:
    apia = read_calendar({"time_zone": "Pacific/Apia", "hours": {"mon-sun": ["09:00-17:00"]}})
    start = datetime.fromisoformat("2011-12-29T10:00-10:00")
    assert between(apia, start, start + timedelta(days=1)) == timedelta(hours=8)
    assert add_business_days(apia, start, 1) == datetime.fromisoformat("2011-12-31T10:00+14:00")


def test_business_days_go_back_and_keep_the_microsecond() -> None:
    start = _moscow("2025-01-10T12:00:00.000007")
    assert add_business_days(OFFICE, start, -3) == _moscow("2024-12-27T12:00:00.000007")
    assert business_days_between(OFFICE, start, _moscow("2024-12-27T12:00")) == -3


def test_no_business_days_end_at_the_closing_of_this_date_or_the_next_business_date() -> None:
    assert add_business_days(OFFICE, _moscow("2025-01-09T12:00"), 0, end_of_day=True) == _moscow(
        "2025-01-09T18:00"
    )
    assert add_business_days(OFFICE, _moscow("2025-01-04T12:00"), 0, end_of_day=True) == _moscow(
        "2025-01-09T18:00"
    )
    assert add_business_days(OFFICE, _moscow("2025-01-04T12:00"), 0) == _moscow("2025-01-04T12:00")


def test_past_the_last_decreed_year_the_answer_is_provisional() -> None:
    late = _moscow("2028-01-10T12:00")
    assert is_provisional(OFFICE, _moscow("2027-12-01T12:00"), late)
    assert not is_provisional(OFFICE, _moscow("2027-12-01T12:00"))
    assert not is_provisional(ALWAYS, late)


def test_past_the_last_decreed_year_the_law_still_gives_its_holidays() -> None:
    assert next_opening(OFFICE, _moscow("2029-05-01T12:00")) == _moscow("2029-05-02T10:00")


@pytest.mark.parametrize("budget", [timedelta(days=100_000), timedelta(days=-100_000)])
def test_a_budget_that_nobody_lives_to_see_is_refused(budget: timedelta) -> None:
    with pytest.raises(ValueError, match="no due time lies there"):
        add(OFFICE, _moscow("2024-12-27T12:00"), budget)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTC offset"):
        add(OFFICE, datetime(2024, 1, 1), timedelta(hours=1))  # noqa: DTZ001


def test_a_short_day_gives_up_its_last_hour_over_a_break() -> None:
    hours = (Span(36_000, 46_800), Span(50_400, 52_200))
    assert shortened(hours) == (Span(36_000, 45_000),)
    assert shortened((Span(0, 1800),)) == ()


WEEKDAYS = read_calendar({"hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}, time_zone="UTC")
EVENINGS = read_calendar({"hours": {"mon-sun": ["22:00-02:00"]}}, time_zone="UTC")


@pytest.mark.parametrize(
    ("calendar", "start", "end", "days"),
    [
        (WEEKDAYS, "2026-11-20T10:00", "2026-11-20T18:00", 1.0),
        (WEEKDAYS, "2026-11-20T14:00", "2026-11-23T12:00", 0.75),
        (WEEKDAYS, "2026-11-20T14:00", "2026-11-24T12:00", 1.75),
        (WEEKDAYS, "2026-11-21T00:00", "2026-11-22T23:00", 0.0),
        (WEEKDAYS, "2025-10-31T18:00", "2025-11-05T10:00", 1.0),  # the working Saturday
        (EVENINGS, "2026-11-20T23:00", "2026-11-21T01:00", 0.5),
        (EVENINGS, "2026-11-20T23:00", "2026-11-21T23:00", 1.0),
    ],
)
def test_business_days_spent_are_shares_of_each_dates_hours(
    calendar: Calendar, start: str, end: str, days: float
) -> None:
    begun, over = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end))
    assert business_days_spent(calendar, begun, over) == pytest.approx(days)


@given(st.lists(st.integers(0, 60 * 24 * 400), min_size=3, max_size=3))
def test_business_days_spent_add_up(minutes: list[int]) -> None:
    first, second, third = (
        datetime(2025, 1, 1, tzinfo=UTC) + MINUTE * count for count in sorted(minutes)
    )
    for calendar in (WEEKDAYS, EVENINGS):
        whole = business_days_spent(calendar, first, third)
        parts = business_days_spent(calendar, first, second)
        parts += business_days_spent(calendar, second, third)
        assert whole == pytest.approx(parts, abs=1e-9)
    worked = between(WEEKDAYS, first, third).total_seconds()
    assert business_days_spent(WEEKDAYS, first, third) == pytest.approx(
        worked / (8 * 3600), abs=1e-9
    )


def test_a_wall_time_in_the_gap_has_no_fraction_of_a_second_either() -> None:
    start = datetime(2024, 3, 30, 2, 30, 0, 500_000, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add_business_days(ALWAYS, start, 1) == datetime(2024, 3, 31, 1, tzinfo=UTC)


def test_a_calendar_of_single_dates_can_be_reckoned_with_as_long_as_it_opens() -> None:
    shift = {"hours": {}, "overrides": {"2024-01-08": [["09:00", "12:00"]]}}
    calendar = read_calendar(shift, time_zone="UTC")
    start = datetime(2024, 1, 1, tzinfo=UTC)
    opens = datetime(2024, 1, 8, 9, tzinfo=UTC)
    assert add(calendar, start, timedelta()) == opens
    assert between(calendar, start, start + timedelta(days=30)) == timedelta(hours=3)
    with pytest.raises(ValueError, match="no due time"):
        add(calendar, start, timedelta(hours=4))
