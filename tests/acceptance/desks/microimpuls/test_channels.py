"""By which ways this desk is spoken to, shown over REST and letters."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from imap_tools import MailMessage

from reglament_local.demo.system import Json
from tests.acceptance.desks.microimpuls.asking import REQUEST, by_letter
from tests.acceptance.rules.desk import DeskInUse
from tests.acceptance.rules.reading import moscow

pytestmark = pytest.mark.acceptance

STATUS = "notifications.on[status]"


@pytest.mark.rule("MIC-01", key=("mailbox", "channels.email"))
async def test_a_letter_is_registered(desk: DeskInUse) -> None:
    """A letter to the desk is registered, at any hour."""
    pavel, at = desk.writer(), moscow("2026-11-15T03:00")
    letter = pavel.letter("Нет каналов на приставках", body="Список каналов пуст.")
    await desk.system.post.received_at(letter, desk.mailbox, at)
    (fate,) = await pavel.fates(letter)
    assert fate["outcome"] == "ticket", fate
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["channel"], ticket["status"]) == ("email", "accepted")
    assert datetime.fromisoformat(ticket["arrived_at"]) - at < timedelta(seconds=1)


@pytest.mark.rule("MIC-03", key="notifications.hints")
async def test_the_answer_has_the_number_and_the_way_to_the_portal(desk: DeskInUse) -> None:
    """The answer goes to the address that wrote, with the number and the portal's link."""
    ticket, pavel = await by_letter(desk), desk.writer()
    (answer,) = await pavel.received(1)
    assert ticket["number"] in answer.subject
    assert answer.headers["auto-submitted"] == ("auto-replied",)
    link = re.search(rf"(\S+/portal/tickets/{ticket['id']})#token=(\S+)", answer.text)
    assert link, answer.text
    around = next(line for line in answer.text.splitlines() if link.group(1) in line)
    assert len(around.removesuffix(link.group(0)).split()) > 5, "how to use it is said"
    shown = await desk.say("GET", f"/tickets/{ticket['id']}", key=link.group(2))
    assert shown["number"] == ticket["number"]


@pytest.mark.rule("MIC-04", always="every desk's tickets are shown to those who asked")
async def test_status_history_and_clock_are_shown_to_the_requester_only(desk: DeskInUse) -> None:
    """Progress is on the portal, for the requester only; every change of status is mailed."""
    ticket = await desk.opened()
    await desk.clock_is(ticket["id"], "resolution", "running")
    await desk.act(ticket["id"], "messages", {"body": "Смотрим.", "visibility": "public"})
    await desk.act(ticket["id"], "messages", {"body": "Сбой у нас.", "visibility": "internal"})
    own = await desk.key_of("requester", desk.system.address("client"))
    other = await desk.key_of("requester", desk.system.address("other"))
    at = f"/tickets/{ticket['id']}"
    assert (await desk.say("GET", at, key=own))["status"] == "accepted"
    told = (await desk.say("GET", f"{at}/messages", key=own))["items"]
    assert [each["body"] for each in told] == ["Смотрим."]
    shown = (await desk.say("GET", f"{at}/history", key=own))["items"]
    assert {"TicketOpened", "MessageAdded"} <= {row["type"] for row in shown}
    clocks = (await desk.say("GET", f"{at}/sla", key=own))["targets"]
    assert "resolution" in {each["metric"] for each in clocks}
    for part in ("", "/history", "/sla", "/messages"):
        await desk.say("GET", at + part, key=other, status=404)
    (letter,) = [each for each in await desk.writer().received(2) if "#token=" in each.text][:1]
    page = await portal(desk, ticket["id"], token_in(letter))
    for words in (ticket["number"], REQUEST["subject"], "Смотрим.", "Решение"):
        assert words in page, words
    assert "Сбой у нас." not in page
    for token in ("", "no-token"):
        assert ticket["number"] not in await portal(desk, ticket["id"], token)


def token_in(letter: MailMessage) -> str:
    """The key to the ticket's page that the letter's link bears."""
    found = re.search(r"#token=(\S+)", letter.text)
    assert found, letter.text
    return found.group(1)


async def portal(desk: DeskInUse, ticket: str, token: str) -> str:
    """The ticket's page, as a browser with that link gets it."""
    front, path = desk.system.ready["front"], f"/portal/tickets/{ticket}"
    async with httpx.AsyncClient(
        base_url=front, trust_env=False, follow_redirects=True, timeout=20.0
    ) as browser:
        await browser.post(f"{path}/session", data={"token": token})
        return (await browser.get(path)).text


async def told_of(desk: DeskInUse, before: int) -> MailMessage:
    """The one letter that came after so many."""
    found = await desk.writer().received(before + 1)
    assert len(found) == before + 1, [each.text for each in found]
    return found[-1]


@pytest.mark.rule("MIC-04", key=STATUS)
async def test_every_change_of_status_is_mailed(own_desk: DeskInUse) -> None:
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    await told_of(desk, 0)
    engineer = await desk.engineer("anna", "L1")
    await desk.queued(ticket)
    assert await desk.claim(engineer) is not None
    await desk.status(ticket, "in_progress")
    await told_of(desk, 1)
    key = await desk.key_of("requester", desk.system.address("client"))
    steps: list[tuple[str, Json, str]] = [
        ("info-requests", {"items": ["conditions"]}, "waiting"),
        ("messages", {"body": "Прошивка 2.20."}, "in_progress"),
        ("deferral", {"reason": "information_missing"}, "deferred"),
        ("resumption", {}, "in_progress"),
        ("resolution", {"text": "Обновите портал."}, "resolved"),
        ("closure", {}, "closed"),
        ("reopening", {"reason": "Снова пусто."}, "in_progress"),
        ("refusal", {"reason": "outside_competence"}, "refused"),
    ]
    for before, (action, body, status) in enumerate(steps, start=2):
        if action == "messages":
            await desk.say("POST", f"/tickets/{ticket}/{action}", body, key=key)
        else:
            await desk.act(ticket, action, body)
        await desk.status(ticket, status)
        await told_of(desk, before)


@pytest.mark.rule("MIC-08", always="letters find their ticket at every desk")
async def test_a_reply_joins_by_its_number_and_a_strangers_guess_does_not(
    own_desk: DeskInUse,
) -> None:
    """The number in the subject keeps one history; of a stranger's guess the engineer is told."""
    desk, pavel = own_desk, own_desk.writer()
    ticket = await by_letter(desk)
    answer = await pavel.sent(pavel.letter(f"Re: [{ticket['number']}] Каналы", body="Прошивка 2."))
    assert (answer["outcome"], answer["ticket"]) == ("message", ticket["id"])
    mallory = desk.writer("mallory")
    guess = mallory.letter(f"Re: [{ticket['number']}] Пришлите пароль")
    fate = await mallory.sent(guess)
    assert fate["outcome"] == "ticket"
    assert fate["ticket"] != ticket["id"]
    other = await desk.ticket(fate["ticket"])
    assert {"kind": "maybe_related", "ticket": ticket["id"]} in other["links"]
    anna = await desk.engineer("anna", "L1")
    body = {"engineer": anna}
    await desk.act(other["id"], "assignment", body)
    (told,) = await desk.writer(anna).received(1)
    assert other["number"] in told.subject
    assert ticket["number"] in told.text
