"""By which ways this desk is spoken to, shown over REST and letters."""

from email.message import Message

import pytest

from reglament.clock import now
from tests.acceptance.desks.wiseadvice.asking import (
    BODY,
    PICTURE,
    REQUEST,
    by_letter,
    inn_of,
    ready,
    taken,
)
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken
from tests.acceptance.rules.reading import refusals
from tests.acceptance.test_delivery_reports import failed

pytestmark = pytest.mark.acceptance


@pytest.mark.rule(
    "WIS-03",
    key=(
        "channels.web.accept=always",
        "channels.fax.accept=always",
        "channels.post.accept=always",
        "channels.email",
    ),
)
async def test_only_a_letter_is_a_request(desk: DeskInUse) -> None:
    """A request is a letter to the desk; by no other channel is one registered."""
    for channel in ("web", "fax", "post"):
        problem = await desk.refused(role="agent", channel=channel)
        assert broken(problem) == {"channel-not-official"}, channel
        assert "support@wiseadvice.example" in problem["violations"][0]["detail"]
    fate = await by_letter(desk)
    assert fate["outcome"] == "ticket", fate
    assert (await desk.ticket(fate["ticket"]))["channel"] == "email"


@pytest.mark.rule("WIS-04", always="every desk confirms what it registers")
async def test_a_request_is_confirmed_once_with_its_number(desk: DeskInUse) -> None:
    """One automatic letter per request, with the number, to the address that wrote."""
    fate = await by_letter(desk)
    ticket = await desk.status(fate["ticket"], "accepted")
    (letter,) = await desk.writer().received(1)
    assert ticket["number"] in letter.subject
    assert letter.headers["auto-submitted"] == ("auto-replied",)
    (sent,) = (await desk.get(f"/tickets/{ticket['id']}/notifications"))["items"]
    assert (sent["template"], sent["state"]) == ("confirmation", "sent")
    assert sent["message_id"] == letter.headers["message-id"][0].strip()


@pytest.mark.rule("WIS-15", always="letters find their ticket at every desk")
async def test_a_reply_joins_by_its_id_and_a_strangers_guess_does_not(
    own_desk: DeskInUse,
) -> None:
    """By the ID in the subject letters join their request; a stranger's guess opens a new one."""
    desk, olga, mallory = own_desk, own_desk.writer(), own_desk.writer("mallory")
    ticket = await desk.ticket((await by_letter(desk))["ticket"])
    subject = f"Re: [{ticket['number']}] Отпуска"
    answer = await olga.sent(olga.letter(subject, body="Ещё одно."))
    assert (answer["outcome"], answer["ticket"]) == ("message", ticket["id"])
    body = BODY.format(inn=inn_of(desk))
    fate = await mallory.sent(mallory.letter(subject, body=body, files=(PICTURE,)))
    assert (fate["outcome"], fate["rule"]) == ("ticket", "maybe-related")
    assert fate["ticket"] != ticket["id"]
    engineer = await taken(desk, fate["ticket"])
    (told,) = await desk.writer(engineer).received(1)
    assert ticket["number"] in told.text


@pytest.mark.rule(
    "WIS-17",
    key=(
        "channels.phone.accept=always",
        "channels.messenger.accept=always",
        "channels.chat.accept=always",
        "contacts",
    ),
)
async def test_what_is_asked_by_phone_or_messenger_leaves_no_trace(publish: Publishing) -> None:
    """Phone and messengers register nothing; the answer names the channel that does."""
    desk = await ready(await publish("wiseadvice", REQUEST, alone=True))
    for channel in ("phone", "messenger", "chat"):
        problem = await desk.refused(role="agent", channel=channel)
        assert problem["type"].endswith("channel-not-accepted")
        assert broken(problem) == {"channel-not-official"}
        assert "support@wiseadvice.example" in problem["violations"][0]["detail"]
        assert await refusals(desk, channel) == 1
    assert (await desk.get(f"/tickets?desk={desk.name}"))["items"] == []
    assert (await desk.get(f"/events?desk={desk.name}"))["items"] == []
    assert (await desk.opened())["number"] == "WIS-000001"


@pytest.mark.rule("WIS-21", key="acceptance.when=registered")
async def test_a_request_counts_once_its_confirmation_was_received(desk: DeskInUse) -> None:
    """Only who received the letter with the number has an accepted request; a bounce is shown."""
    ticket = await desk.opened()
    assert ticket["status"] == "registered"
    accepted = await desk.event(ticket["id"], "TicketAccepted")
    assert accepted["data"]["because"] == "delivered"
    (confirmation,) = await desk.writer().received(1)
    report: Message = failed(confirmation, desk.writer().address, desk)
    await desk.system.post.received_at(report, desk.mailbox, now())  # type: ignore[arg-type]
    await desk.happened(
        ticket["id"], "DeliveryReported", "NotificationBounced", "AcceptanceWithdrawn"
    )
    shown = await desk.status(ticket["id"], "registered")
    assert shown["confirmation"] == "bounced"
    waiting = (await desk.get(f"/tickets?desk={desk.name}&unconfirmed=true"))["items"]
    assert ticket["id"] in {each["id"] for each in waiting}
