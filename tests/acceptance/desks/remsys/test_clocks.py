"""How long this desk may take, shown over REST and letters."""

from datetime import datetime, timedelta

import pytest

from tests.acceptance.desks.remsys.asking import came
from tests.acceptance.rules.desk import DeskInUse
from tests.acceptance.rules.reading import MOSCOW, instant

pytestmark = pytest.mark.acceptance


async def first_answer_within(desk: DeskInUse, priority: str, hours: int) -> None:
    """So long after the request came, at whatever hour of whatever day that was."""
    saturday_night = datetime(2026, 11, 21, 23, 30, tzinfo=MOSCOW)
    new_year = datetime(2027, 1, 1, 0, 1, tzinfo=MOSCOW)
    for at in (saturday_night, new_year):
        asked = {
            "desk": desk.name,
            "ticket": {"priority": priority, "channel": "web"},
            "events": [{"type": "TicketOpened", "at": at.isoformat()}],
            "as_of": (at + timedelta(minutes=1)).isoformat(),
        }
        key = desk.system.key(desk.name, "agent")
        told = (await desk.say("POST", "/sla/previews", asked, key=key))["targets"]
        (clock,) = (each for each in told if each["metric"] == "first_response")
        assert instant(clock["due_at"]) - at == timedelta(hours=hours), clock
    ticket = (await desk.opened(priority=priority))["id"]
    clock = await desk.clock_is(ticket, "first_response", "running")
    assert instant(clock["due_at"]) - instant(clock["started_at"]) == timedelta(hours=hours)


@pytest.mark.rule("REM-01", key="calendars.always.hours={mon-fri: [10:00-18:00]}")
async def test_every_clock_runs_at_night_on_sundays_and_on_holidays(desk: DeskInUse) -> None:
    """Clocks run round the clock: of a holiday's night every second counts."""
    at = datetime(2027, 1, 1, 0, 1, tzinfo=MOSCOW)
    asked = {
        "desk": desk.name,
        "ticket": {"priority": "low", "channel": "web"},
        "events": [{"type": "TicketOpened", "at": at.isoformat()}],
        "as_of": (at + timedelta(hours=20)).isoformat(),
    }
    key = desk.system.key(desk.name, "agent")
    told = await desk.say("POST", "/sla/previews", asked, key=key)
    assert {each["metric"] for each in told["targets"]} == {"first_response", "update"}
    assert {each["elapsed_seconds"] for each in told["targets"]} == {20 * 3600}
    assert all(each["counted"] for each in told["segments"])


@pytest.mark.rule(
    "REM-04", key=("sla.targets[metric=update]", "calendars.always.hours={mon-fri: [10:00-18:00]}")
)
async def test_silence_toward_the_client_is_at_risk_and_then_breached(desk: DeskInUse) -> None:
    """Silence toward the client for longer than a day is at risk, then breached; news end it."""
    ticket = await came(desk, timedelta(hours=25))
    silent = await desk.clock_is(ticket, "update", "breached")
    assert instant(silent["due_at"] or silent["breached_at"]) - instant(
        silent["started_at"]
    ) == timedelta(hours=24)
    rows = await desk.happened(ticket, "ClockAtRisk", "ClockBreached")
    steps = [
        (row["type"], row["data"].get("step"))
        for row in rows
        if row["type"] in {"ClockAtRisk", "ClockBreached"} and row["data"]["metric"] == "update"
    ]
    assert steps == [
        ("ClockAtRisk", "50"),
        ("ClockAtRisk", "75"),
        ("ClockAtRisk", "90"),
        ("ClockBreached", None),
    ]
    await desk.act(ticket, "messages", {"body": "Меняем диск, готово будет утром."})
    going_on = await desk.clock_is(ticket, "update", "running")
    assert going_on["cycle"] == silent["cycle"] + 1


@pytest.mark.rule("REM-04", key="sla.targets[metric=update]")
async def test_notes_inside_the_desk_are_no_news_to_the_client(desk: DeskInUse) -> None:
    ticket = await came(desk, timedelta(hours=20))
    before = await desk.clock_is(ticket, "update", "running")
    note = {"body": "Смотрю журналы.", "visibility": "internal"}
    await desk.act(ticket, "messages", note)
    await desk.act(ticket, "messages", {"body": "Смотрим журналы."})

    async def is_mailed() -> bool:
        sent = [r["data"] for r in await desk.history(ticket) if r["type"] == "NotificationSent"]
        return "message" in {each["template"] for each in sent}

    await desk.system.until(is_mailed, "the answer's letter")  # which is no news once more
    rows = await desk.happened(ticket, "ClockMet")
    met = [row["data"] for row in rows if row["type"] == "ClockMet"]
    cycles = [each.get("cycle", 1) for each in met if each["metric"] == "update"]
    assert cycles == [before["cycle"]]


@pytest.mark.rule(
    "REM-11",
    key=(
        "sla.targets[metric=first_response,priority=critical]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_critical_request_is_answered_within_one_hour(desk: DeskInUse) -> None:
    """A critical request is answered within 1 hour, day and night."""
    await first_answer_within(desk, "critical", 1)


@pytest.mark.rule(
    "REM-12",
    key=(
        "sla.targets[metric=first_response,priority=urgent]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_an_urgent_request_is_answered_within_two_hours(desk: DeskInUse) -> None:
    """An urgent request is answered within 2 hours, day and night."""
    await first_answer_within(desk, "urgent", 2)


@pytest.mark.rule(
    "REM-13",
    key=(
        "sla.targets[metric=first_response,priority=normal]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_normal_request_is_answered_within_eight_hours(desk: DeskInUse) -> None:
    """A normal request is answered within 8 hours, day and night."""
    await first_answer_within(desk, "normal", 8)


@pytest.mark.rule(
    "REM-14",
    key=(
        "sla.targets[metric=first_response,priority=low]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_low_request_is_answered_within_24_hours(desk: DeskInUse) -> None:
    """A low request is answered within 24 hours, day and night."""
    await first_answer_within(desk, "low", 24)
