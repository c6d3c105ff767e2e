"""How this desk works on a request, shown over REST and letters."""

from datetime import datetime, timedelta

import pytest

from reglament.clock import now
from tests.acceptance.desks.eiler.asking import REQUEST
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken
from tests.acceptance.rules.reading import MOSCOW, moscow, same

pytestmark = pytest.mark.acceptance

REASONS = ("cannot_reproduce", "information_missing", "deep_diagnosis", "badly_described")


@pytest.mark.rule("EIL-12", key="queue.order=priority")
async def test_the_queue_hands_out_the_oldest_whatever_its_priority(publish: Publishing) -> None:
    """The oldest accepted request is handed out first; one that waits for its confirmation is
    shown to an agent.
    """
    desk = await publish("eiler", REQUEST, alone=True)
    low = (await desk.opened(priority="low"))["id"]
    await desk.queued(low)
    high = (await desk.opened(priority="high"))["id"]
    assert await desk.queued(low, high) == [low, high]
    taken = await desk.claim(await desk.engineer("anna", "L1"))
    assert taken is not None
    assert (await desk.status(low, "in_progress"))["assignee"] == taken["engineer"]


@pytest.mark.rule("EIL-12", key=("queue.from=registered", "acceptance.alert_after=2h"))
async def test_an_unconfirmed_request_is_shown_to_an_agent_and_not_handed_out(
    publish: Publishing,
) -> None:
    desk = await publish("eiler", REQUEST, alone=True)
    hour_ago = now() - timedelta(hours=1)
    waiting = await desk.opened(
        role="agent",
        channel="post",
        received_at=hour_ago.isoformat(),
        requester={"callback": True},
    )
    fresh = (await desk.opened())["id"]
    assert await desk.queued(fresh) == [fresh]
    shown = (await desk.get(f"/tickets?desk={desk.name}&unconfirmed=true"))["items"]
    assert [each["id"] for each in shown] == [waiting["id"]]
    await desk.act(waiting["id"], "callbacks", {"purpose": "confirmation"})
    assert await desk.queued(waiting["id"], fresh) == [waiting["id"], fresh]
    assert (await desk.get(f"/tickets?desk={desk.name}&unconfirmed=true"))["items"] == []


@pytest.mark.rule(
    "EIL-13",
    key=(
        "sla.targets[metric=handling]",
        "calendars.business_days.holidays",
        "calendars.business_days.hours=24x7",
    ),
)
async def test_handling_takes_48_hours_of_whole_business_days(desk: DeskInUse) -> None:
    """A request is dealt with in 48 hours, in which only whole business days by decree count."""
    friday = moscow("2025-10-31T12:00").isoformat()
    asked = {
        "desk": desk.name,
        "ticket": {"priority": "high", "category": "operation", "channel": "web"},
        "events": [{"type": each, "at": friday} for each in ("TicketOpened", "TicketAccepted")],
    }
    key = desk.system.key(desk.name, "agent")
    told = await desk.say("POST", "/sla/previews", asked, key=key)
    (handling,) = told["targets"]
    # 12 h of Friday, 24 h of the working Saturday, 12 h of Wednesday after the days off.
    assert same(handling["due_at"] or handling["breached_at"], moscow("2025-11-05T12:00"))
    ticket = await desk.opened()
    running = await desk.clock_is(ticket["id"], "handling", "running")
    assert (running["within"], running["calendar"]) == ("48h", "business_days")


@pytest.mark.rule("EIL-14", key="sla.targets[metric=handling]")
async def test_every_change_of_schedule_is_told_with_both_dates_and_the_reason(
    desk: DeskInUse,
) -> None:
    """Another due time stands in the history with the old one and its reason, and is mailed."""
    ticket, claire = (await desk.opened())["id"], desk.writer()
    before = (await desk.clock_is(ticket, "handling", "running"))["due_at"]
    await desk.event(ticket, "ClockStarted")
    for turn, reason in enumerate(("deep_diagnosis", "information_missing"), start=1):
        due = now().replace(microsecond=0) + timedelta(days=10 * turn)
        agreed = {"due_at": due.isoformat(), "reason": reason, "note": f"Version 4.{turn}"}
        await desk.act(ticket, "schedule", agreed)
        changed = (await desk.event(ticket, "ScheduleChanged"))["data"]
        assert (changed["reason"], same(changed["due_at"], due)) == (reason, True)
        assert changed["previous_due_at"] is not None
        assert same(changed["previous_due_at"], datetime.fromisoformat(before))
        letter = (await claire.received(1 + turn))[turn]
        for at in (due, datetime.fromisoformat(before)):
            assert f"{at.astimezone(MOSCOW):%H:%M}" in letter.text
        assert f"Version 4.{turn}" in letter.text
        before = changed["due_at"]
    await desk.happened(ticket, "ClockRescheduled")
    await desk.clock_is(ticket, "handling", "running", agreed_at=before, due_at=before)


@pytest.mark.rule("EIL-15", key="reasons.schedule")
async def test_a_schedule_is_changed_for_one_of_four_reasons_only(desk: DeskInUse) -> None:
    """The time to solve changes for one of four reasons; any other is refused."""
    ticket = (await desk.opened())["id"]
    for day, reason in enumerate(REASONS, start=1):
        due = (now() + timedelta(days=day)).isoformat()
        await desk.act(ticket, "schedule", {"due_at": due, "reason": reason})
        assert (await desk.event(ticket, "ScheduleChanged"))["data"]["reason"] == reason
    due = (now() + timedelta(days=9)).isoformat()
    await desk.refuses_reason(ticket, "schedule", {"due_at": due, "reason": "holidays"})


@pytest.mark.rule("EIL-15", key="reasons.deferral")
async def test_a_request_is_put_off_for_one_of_the_same_reasons_only(desk: DeskInUse) -> None:
    await desk.is_put_off_for((await desk.opened())["id"], REASONS)


@pytest.mark.rule("EIL-16", key="callbacks[closing]")
async def test_the_answer_is_mailed_and_a_callback_asked_for_comes_before_the_end(
    desk: DeskInUse,
) -> None:
    """The answer is mailed; where a callback was asked for, no end before it is made."""
    ticket, claire = (await desk.opened(requester={"callback": True}))["id"], desk.writer()
    await claire.received(1)
    await desk.act(ticket, "resolution", {"text": "Installez la 4.2.1."})
    letter = (await claire.received(2))[1]
    assert "Installez la 4.2.1." in letter.text
    problem = await desk.not_done(ticket, "closure")
    assert broken(problem) == {"callback-not-made"}
    await desk.act(ticket, "callbacks", {"purpose": "answer"})
    assert (await desk.act(ticket, "closure"))["status"] == "closed"
