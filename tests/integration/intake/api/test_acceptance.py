"""When a request counts as accepted: its confirmation's letter, the desk's word, a call."""

from datetime import timedelta
from typing import Any

import pytest

from intake.office.premises import KEY
from intake.timers import judge_once
from reglament import clock
from reglament.events.notifications import NotificationBounced, NotificationSent
from reglament.testing import SYSTEM, Author
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
ESCALATION, NOTIFIER = "/reglament/escalation", "/reglament/notifier"


async def confirmed(intake: Intake, **requester: Any) -> tuple[str, Author]:
    """A ticket of a desk where the delivered confirmation counts."""
    await intake.publish(acceptance={"when": "confirmed"})
    said = {"name": "Ann", "email": "ann@north.example", **requester}
    ticket = await intake.open(requester=said)
    assert ticket["status"] == "registered"
    author = Author(source=NOTIFIER, subject=ticket["id"], desk="north", recorded_at=clock.now())
    return ticket["id"], author


SENT: dict[str, Any] = {
    "actor": SYSTEM,
    "template": "confirmation",
    "to": "requester",
    "message_id": "<1@x>",
}


@pytest.mark.rule("EIL-12")
async def test_an_unconfirmed_ticket_is_shown_to_an_agent(intake: Intake) -> None:
    async def shown() -> list[str]:
        return [each["id"] for each in (await intake.get("/tickets?unconfirmed=true"))["items"]]

    ticket, author = await confirmed(intake)
    assert await shown() == []
    (bounced,) = author.history(NotificationBounced(at=clock.now(), **SENT))
    await intake.feed(bounced)
    assert await shown() == [ticket]
    await intake.publish(acceptance={"when": "confirmed", "alert_after": "0s"})
    second = await intake.open(subject="Another", requester={"email": "bob@north.example"})
    assert await shown() == [second["id"], ticket]
    await intake.act(second["id"], "callbacks", {"purpose": "confirmation"})
    await intake.publish(acceptance={"when": "registered"})
    assert await shown() == []


@pytest.mark.rule("WIS-21")
async def test_a_delivered_confirmation_accepts_and_a_bounce_withdraws(intake: Intake) -> None:
    ticket, author = await confirmed(intake)
    (sent,) = author.history(NotificationSent(at=clock.now(), effect="e", **SENT))
    await intake.feed(sent)
    assert (await intake.get(f"/tickets/{ticket}"))["status"] == "accepted"
    bounced = author.history(NotificationBounced(at=clock.now(), **SENT), after=sent)
    await intake.feed(*bounced)
    shown = await intake.get(f"/tickets/{ticket}")
    assert (shown["status"], shown["confirmation"]) == ("registered", "bounced")
    by_phone = await intake.act(ticket, "callbacks", {"purpose": "confirmation"})
    assert by_phone["status"] == "accepted"


@pytest.mark.rule("EIL-05")
async def test_with_a_callback_asked_for_the_letter_alone_does_not_accept(intake: Intake) -> None:
    ticket, author = await confirmed(intake, callback=True)
    await intake.feed(*author.history(NotificationSent(at=clock.now(), effect="e", **SENT)))
    assert (await intake.get(f"/tickets/{ticket}"))["status"] == "registered"
    called = await intake.act(ticket, "callbacks", {"purpose": "confirmation"})
    assert called["status"] == "accepted"


async def test_any_other_letter_accepts_nothing(intake: Intake) -> None:
    ticket, author = await confirmed(intake)
    other = {**SENT, "template": "resolved"}
    await intake.feed(*author.history(NotificationSent(at=clock.now(), effect="e", **other)))
    assert (await intake.get(f"/tickets/{ticket}"))["status"] == "registered"


async def test_a_delivered_confirmation_waits_for_the_desks_after(intake: Intake) -> None:
    await intake.publish(acceptance={"when": "confirmed", "after": "1h"})
    ticket = (await intake.open())["id"]
    two_hours_ago = clock.now() - timedelta(hours=2)
    author = Author(source=NOTIFIER, subject=ticket, desk="north", recorded_at=clock.now())
    await intake.feed(*author.history(NotificationSent(at=two_hours_ago, effect="e", **SENT)))
    assert (await intake.get(f"/tickets/{ticket}"))["status"] == "registered"
    await judge_once(intake.runtime.extras[KEY])
    assert (await intake.get(f"/tickets/{ticket}"))["status"] == "accepted"
    fresh = (await intake.open(subject="Another"))["id"]
    author = Author(source=NOTIFIER, subject=fresh, desk="north", recorded_at=clock.now())
    await intake.feed(*author.history(NotificationSent(at=clock.now(), effect="e", **SENT)))
    await judge_once(intake.runtime.extras[KEY])
    assert (await intake.get(f"/tickets/{fresh}"))["status"] == "registered"
