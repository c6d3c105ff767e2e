"""What this desk promises and demands, shown over REST and letters."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reglament.clock import now
from reglament_local.demo.letters import File
from reglament_local.demo.pictures import attachment, png
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking

pytestmark = pytest.mark.acceptance

MOSCOW = ZoneInfo("Europe/Moscow")
SCREENSHOT = attachment("ecran.png", png())
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Le module ne démarre plus",
    "description": "Après la mise à jour, le module s'arrête au démarrage.",
    "priority": "high",
    "category": "operation",
    "requester": {"name": "Claire Martin", "phone": "+33 1 23 45 67 89", "locale": "fr"},
    "fields": {
        "steps": "1. Installer la 4.2\n2. Démarrer",
        "frequency": "à chaque démarrage",
        "version": "4.2",
    },
    "attachments": [SCREENSHOT],
}
LETTER = """Après la mise à jour, le module s'arrête au démarrage.

Étapes : installer la 4.2, démarrer
Fréquence : à chaque démarrage
Version : 4.2
Catégorie : Exploitation
Criticité : haute
Téléphone : +33 1 23 45 67 89
"""
SUNDAY_NIGHT = "2026-11-15T03:00"
WORKING_SATURDAY, DAY_OFF = "2025-11-01", "2025-11-03"
REASONS = ("cannot_reproduce", "information_missing", "deep_diagnosis", "badly_described")


def moscow(wall: str) -> datetime:
    """An instant by Moscow's clocks."""
    return datetime.fromisoformat(wall).replace(tzinfo=MOSCOW)


def same(written: str, at: datetime) -> bool:
    """Whether an answer's instant is that one."""
    return datetime.fromisoformat(written) == at


def listed(text: str) -> list[str]:
    """The points that a letter lists."""
    return [line for line in text.splitlines() if line.startswith("- ")]


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await publish("eiler", REQUEST)


@pytest.mark.rule("EIL-01", key=("categories", "scope=open"))
async def test_a_category_of_the_desks_is_registered_and_any_other_is_out_of_scope(
    desk: DeskInUse,
) -> None:
    """A request is of one of three categories; of any other it is refused as out of scope."""
    for category in ("installation", "configuration", "operation"):
        ticket = await desk.opened(category=category)
        assert (ticket["category"], ticket["status"]) == (category, "registered")
    problem = await desk.refused(category="accounting")
    assert problem["type"].endswith("rules-violated")
    assert broken(problem) == {"category-out-of-scope"}


@pytest.mark.rule("EIL-02", key=("channels.phone.accept=always", "calendars.phone.holidays"))
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-20T08:59:59", "2026-11-20T09:00"),
        ("2026-11-20T18:00", "2026-11-23T09:00"),
        (f"{DAY_OFF}T10:00", "2025-11-05T09:00"),
        ("2026-11-22T12:00", "2026-11-23T09:00"),
    ],
)
async def test_a_call_outside_the_lines_hours_is_told_when_the_line_opens(
    desk: DeskInUse, at: str, opens: str
) -> None:
    """Calls are taken 9 to 18 in Moscow on working days by decree; else it is said from when."""
    call = {"channel": "phone", "received_at": moscow(at).isoformat()}
    problem = await desk.refused(role="agent", **call)
    assert problem["type"].endswith("channel-not-accepted")
    assert broken(problem) == {"channel-closed"}
    detail = problem["violations"][0]["detail"].removeprefix("opens ")
    assert same(detail, moscow(opens)), detail


@pytest.mark.rule("EIL-02", key=("channels.phone", "calendars.phone.holidays"))
@pytest.mark.parametrize("at", ["2026-11-20T17:59", f"{WORKING_SATURDAY}T10:00"])
async def test_a_call_within_the_lines_hours_is_registered_by_an_agent(
    desk: DeskInUse, at: str
) -> None:
    call = {"channel": "phone", "received_at": moscow(at).isoformat()}
    ticket = await desk.opened(role="agent", **call)
    assert (ticket["channel"], ticket["status"]) == ("phone", "registered")
    assert same(ticket["arrived_at"], moscow(at))


@pytest.mark.rule("EIL-02", key="channels.phone.entered_by=anyone")
@pytest.mark.rule("EIL-03", key=("channels.post.entered_by", "channels.fax.entered_by"))
async def test_calls_and_papers_are_entered_by_an_agent_only(desk: DeskInUse) -> None:
    for channel in ("phone", "post", "fax"):
        problem = await desk.refused(channel=channel)
        assert broken(problem) == {"channel-entered-by-agent"}, channel


@pytest.mark.rule("EIL-03", key=("channels.web", "channels.post", "channels.fax"))
@pytest.mark.parametrize("channel", ["web", "post", "fax"])
async def test_forms_and_papers_register_at_any_hour(desk: DeskInUse, channel: str) -> None:
    """Web form, e-mail, post and fax register at any hour; papers with the day they arrived."""
    at = moscow(SUNDAY_NIGHT)
    ticket = await desk.opened(role="agent", channel=channel, received_at=at.isoformat())
    assert (ticket["channel"], ticket["status"]) == (channel, "registered")
    assert same(ticket["arrived_at"], at)


@pytest.mark.rule("EIL-03", key="channels.email")
async def test_a_letter_registers_at_any_hour(desk: DeskInUse) -> None:
    claire, at = desk.writer(), moscow(SUNDAY_NIGHT)
    picture = File(name="ecran.png", content=png())
    letter = claire.letter("Le module ne démarre plus", body=LETTER, files=(picture,))
    await desk.system.post.received_at(letter, desk.mailbox, at)
    (fate,) = await claire.fates(letter)
    assert fate["outcome"] == "ticket", fate
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["channel"], ticket["category"], ticket["violations"]) == (
        "email",
        "operation",
        [],
    )
    assert datetime.fromisoformat(ticket["arrived_at"]) - at < timedelta(seconds=1)


async def refusals(desk: DeskInUse, channel: str) -> float:
    """How often intake's metric counts that the desk refused the channel."""
    text = (await desk.system.http.get(desk.system.ready["metrics"]["intake"])).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.endswith("requests_refused_total")
        and (sample.labels["desk"], sample.labels["channel"]) == (desk.name, channel)
        and sample.labels["kind"] == "channel-not-accepted"
    )


@pytest.mark.rule(
    "EIL-04", key=("channels.messenger.accept=always", "channels.chat.accept=always", "contacts")
)
async def test_what_comes_by_messenger_leaves_no_trace_but_a_count(publish: Publishing) -> None:
    """Messengers and the like register nothing; the answer names the channels that do."""
    desk = await publish("eiler", REQUEST, alone=True)
    for channel in ("messenger", "chat"):
        problem = await desk.refused(channel=channel)
        assert problem["type"].endswith("channel-not-accepted")
        assert broken(problem) == {"channel-not-official"}
        for way in ("support@eiler.example", "https://eiler.example/contact", "post", "fax"):
            assert way in problem["violations"][0]["detail"]
        assert await refusals(desk, channel) == 1
    assert (await desk.get(f"/tickets?desk={desk.name}"))["items"] == []
    assert (await desk.get(f"/events?desk={desk.name}"))["items"] == []
    assert (await desk.opened())["number"] == "EIL-000001"


@pytest.mark.rule("EIL-05", key=("acceptance.when=registered", "sla.starts"))
async def test_a_request_is_accepted_once_its_confirmation_is_delivered(desk: DeskInUse) -> None:
    """A request is accepted when its confirmation is delivered, and no sooner than a callback that
    was asked for.
    """
    ticket = (await desk.opened())["id"]
    accepted = await desk.event(ticket, "TicketAccepted")
    assert accepted["data"]["because"] == "delivered"
    types = [row["type"] for row in await desk.happened(ticket, "ClockStarted")]
    assert types.index("TicketOpened") < types.index("NotificationSent")
    assert types.index("NotificationSent") < types.index("TicketAccepted")
    assert len(await desk.writer().inbox()) == 1
    clock = await desk.clock_is(ticket, "handling", "running")
    assert clock["started_at"] == accepted["at"]


@pytest.mark.rule("EIL-05", key=("acceptance.when=registered", "callbacks[acceptance]"))
async def test_with_a_callback_asked_for_it_is_accepted_once_that_is_made_too(
    desk: DeskInUse,
) -> None:
    ticket = (await desk.opened(requester={"callback": True}))["id"]
    await desk.event(ticket, "DeliveryReported")
    assert (await desk.ticket(ticket))["status"] == "registered"
    await desk.act(ticket, "callbacks", {"purpose": "confirmation"})
    assert (await desk.event(ticket, "TicketAccepted"))["data"]["because"] == "callback"
    assert (await desk.ticket(ticket))["status"] == "accepted"


@pytest.mark.rule("EIL-06", key=("request.description", "request.fields.steps"))
async def test_a_request_without_its_problem_or_steps_is_returned_naming_both(
    desk: DeskInUse,
) -> None:
    """What is wrong and how to get there have to be said; missing screenshots are only noted."""
    ticket = await desk.opened(description="", fields={"steps": None})
    assert ticket["status"] == "returned"
    assert lacking(ticket) == {"description", "fields.steps"}
    (letter,) = await desk.writer().received(1)
    assert ticket["number"] in letter.subject
    assert len(listed(letter.text)) == 2


@pytest.mark.rule("EIL-06", key="request.attachments")
async def test_a_request_without_screenshots_is_registered_and_flagged(desk: DeskInUse) -> None:
    ticket = await desk.opened(attachments=[])
    assert (ticket["status"], broken(ticket)) == ("registered", {"screenshot-missing"})


@pytest.mark.rule("EIL-07", key="request.fields.frequency")
async def test_a_request_that_does_not_say_how_often_is_returned(desk: DeskInUse) -> None:
    """How often the problem occurs has to be said."""
    ticket = await desk.opened(fields={"frequency": None})
    assert (ticket["status"], lacking(ticket)) == ("returned", {"fields.frequency"})


@pytest.mark.rule("EIL-08", key="request.fields.version")
async def test_a_request_that_does_not_say_the_version_is_returned(desk: DeskInUse) -> None:
    """The product's version has to be said."""
    ticket = await desk.opened(fields={"version": None})
    assert (ticket["status"], lacking(ticket)) == ("returned", {"fields.version"})


@pytest.mark.rule("EIL-09", key="request.priority")
async def test_a_request_that_does_not_say_how_critical_it_is_is_returned(
    desk: DeskInUse,
) -> None:
    """How critical the problem is has to be said."""
    ticket = await desk.opened(priority=None)
    assert (ticket["status"], lacking(ticket)) == ("returned", {"priority"})
    await desk.act(ticket["id"], "information", {"priority": "haute"})
    assert (await desk.status(ticket["id"], "accepted"))["priority"] == "high"


@pytest.mark.rule("EIL-10", key=("request.contacts[phone]", "request.contacts[email]"))
async def test_telephone_and_address_are_needed_and_well_formed(desk: DeskInUse) -> None:
    """A phone number and an e-mail address are needed, both well formed."""
    without = await desk.opened(requester={"phone": None, "email": None})
    assert without["status"] == "returned"
    assert broken(without) == {"phone-missing", "email-missing"}
    malformed = await desk.opened(requester={"phone": "call me", "email": "claire@@example"})
    assert malformed["status"] == "returned"
    assert broken(malformed) == {"phone-malformed", "email-malformed"}


@pytest.mark.rule("EIL-11", key=("request.fields.system", "request.fields.hardware"))
async def test_what_more_is_asked_for_is_waited_for_until_it_comes(desk: DeskInUse) -> None:
    """More may be asked for: it is listed, the ticket waits, and the answer ends the waiting."""
    ticket, claire = (await desk.opened())["id"], desk.writer()
    await desk.status(ticket, "accepted")
    await desk.act(ticket, "info-requests", {"items": ["system", "hardware"]})
    assert (await desk.event(ticket, "InfoRequested"))["data"]["items"] == ["system", "hardware"]
    assert (await desk.ticket(ticket))["status"] == "waiting"
    await desk.clock_is(ticket, "handling", "paused")
    _, asked = await claire.received(2)
    assert len(listed(asked.text)) == 2
    body = "Système : Debian 12\nMatériel : 16 Go de mémoire\n"
    await claire.sent(claire.letter(f"Re: {asked.subject}", answers=asked, body=body))
    given = await desk.event(ticket, "InfoProvided")
    assert set(given["data"]["fields"]) == {"system", "hardware"}
    answered = await desk.status(ticket, "accepted")
    assert answered["fields"]["system"] == "Debian 12"
    await desk.clock_is(ticket, "handling", "running")


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
    clock = await desk.clock_is(ticket, "handling", "running")
    await desk.happened(ticket, "ClockRescheduled")
    assert clock["agreed_at"] == clock["due_at"] == before


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
    ticket = (await desk.opened())["id"]
    for reason in REASONS:
        await desk.act(ticket, "deferral", {"reason": reason})
        await desk.act(ticket, "resumption")
    await desk.refuses_reason(ticket, "deferral", {"reason": "holidays"})


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
