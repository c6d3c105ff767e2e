"""By which ways this desk is spoken to, shown over REST and letters."""

from datetime import timedelta

import pytest

from reglament.clock import now
from tests.acceptance.rules.desk import DeskInUse, broken
from tests.acceptance.rules.reading import instant

pytestmark = pytest.mark.acceptance

FORM = "https://remsys.example/support"


@pytest.mark.rule("REM-06", key=("channels.web", "channels.email", "notifications.hints[web_form]"))
async def test_both_form_and_letter_register_and_the_confirmation_recommends_the_form(
    desk: DeskInUse,
) -> None:
    """The web form and e-mail register; the letter's confirmation recommends the form."""
    assert (await desk.opened(channel="web"))["status"] in {"registered", "accepted"}
    anna = desk.writer("anna")
    letter = anna.letter("Не открывается почта")
    fate = await anna.sent(letter)
    assert fate["outcome"] == "ticket"
    ticket = await desk.ticket(fate["ticket"])
    assert ticket["channel"] == "email"
    assert FORM in (await anna.answered(ticket["number"])).text


@pytest.mark.rule("REM-07", always="every letter's time is when the mail server took it")
async def test_a_letter_arrived_when_the_mail_server_took_it(desk: DeskInUse) -> None:
    anna = desk.writer("anna")
    taken = now() - timedelta(minutes=20)
    letter = anna.letter("Почта не отправляется")
    await desk.system.post.received_at(letter, desk.mailbox, taken)
    (fate,) = await anna.fates(letter)
    ticket = await desk.ticket(fate["ticket"])
    assert abs(instant(ticket["arrived_at"]) - taken) <= timedelta(seconds=1)  # IMAP's precision
    clock = await desk.clock_is(ticket["id"], "first_response", "running")
    assert clock["started_at"] == ticket["arrived_at"]
    opened = await desk.event(ticket["id"], "TicketOpened")
    assert instant(opened["recorded_at"]) > taken + timedelta(minutes=19)


@pytest.mark.rule(
    "REM-10",
    key=(
        "channels.chat",
        "channels.messenger",
        "channels.phone",
        "channels.chat.accept=always",
        "channels.messenger.accept=always",
        "channels.phone.accept=always",
        "channels.web.preferred",
        "contacts.web",
    ),
)
@pytest.mark.parametrize("channel", ["chat", "messenger", "phone"])
async def test_talk_needs_a_ticket_and_without_one_is_told_the_way_to_one(
    desk: DeskInUse, channel: str
) -> None:
    """Chat, phone and messenger add to a ticket; without one it is said how to open one."""
    refused = await desk.refused(role="agent", channel=channel)
    assert refused["type"].endswith("channel-not-accepted")
    assert broken(refused) == {"channel-needs-ticket"}
    assert refused["violations"][0]["detail"].startswith(f"web ({FORM})")


@pytest.mark.rule("REM-10", key=("channels.chat", "channels.messenger"))
@pytest.mark.parametrize("channel", ["chat", "messenger"])
async def test_talk_about_a_ticket_joins_it(desk: DeskInUse, channel: str) -> None:
    ticket = (await desk.opened())["id"]
    client = await desk.key_of("requester", desk.system.address("client"))
    said = {"body": "Есть новости?", "channel": channel}
    await desk.say("POST", f"/tickets/{ticket}/messages", said, key=client)
    added = await desk.event(ticket, "MessageAdded")
    assert (added["data"]["channel"], added["data"]["author_kind"]) == (channel, "requester")


@pytest.mark.rule("REM-10", always="what the desk's own people enter is not judged")
async def test_a_call_about_a_ticket_is_logged_on_it_by_an_agent(desk: DeskInUse) -> None:
    ticket = (await desk.opened())["id"]
    said = {"body": "Клиент звонил: работает.", "channel": "phone"}
    await desk.act(ticket, "messages", said)
    assert (await desk.event(ticket, "MessageAdded"))["data"]["channel"] == "phone"
