"""What a request to this desk has to say, shown over REST and letters."""

import pytest

from tests.acceptance.rules.desk import DeskInUse, broken, lacking
from tests.acceptance.rules.reading import listed

pytestmark = pytest.mark.acceptance


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
