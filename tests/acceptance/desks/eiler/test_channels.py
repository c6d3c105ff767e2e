"""By which ways this desk is spoken to, shown over REST and letters."""

from datetime import datetime, timedelta

import pytest

from reglament_local.demo.letters import File
from reglament_local.demo.pictures import png
from tests.acceptance.desks.eiler.asking import REQUEST
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken
from tests.acceptance.rules.reading import moscow, refusals, same

pytestmark = pytest.mark.acceptance

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
