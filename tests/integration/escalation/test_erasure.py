"""What agents wrote of an erased person's tickets goes; that it went is said once."""

from reglament.events.escalations import ReasonsErased
from reglament.events.tickets import TicketOpened
from reglament.events.topics import CONTACTS
from reglament.ids import new_id
from reglament.testing import AT, SYSTEM
from tests.integration.escalation.conftest import Process, author
from tests.integration.escalation.test_queue import CONTENT

ERASED = {"erased_at": "2026-11-23T09:00:00.000000Z", "erasure": "erasure-1", "contents": ["c"]}


async def escalated(process: Process, requester: str, reason: str) -> str:
    """A ticket of theirs, put a level up by an agent who says why."""
    ticket = new_id()
    opened = TicketOpened(
        at=AT,
        actor=SYSTEM,
        number="N-1",
        channel="web",
        requester=requester,
        content=CONTENT,
        priority="normal",
    )
    await process.feed(*author(ticket).about(ticket, policy_version=1).history(opened))
    answer = await process.post(f"/v1/tickets/{ticket}/escalations", {"reason": reason})
    assert answer.status_code == 200, answer.text
    return ticket


async def reasons(process: Process) -> set[str]:
    return {
        row["note"] for row in await process.runtime.pool.fetch("SELECT * FROM escalation_notes")
    }


async def said(process: Process, requester: str) -> list[tuple[str, int]]:
    stream = await process.runtime.store.load(f"requester/{requester}")
    events = [one.event for one in stream]
    return [(one.erasure, one.reasons) for one in events if isinstance(one, ReasonsErased)]


async def test_the_reasons_of_an_erased_persons_tickets_go_and_that_is_said_once(
    process: Process,
) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    mine = await escalated(process, "mine", "Anna Petrova asks again")
    await escalated(process, "theirs", "a third time")
    assert await reasons(process) == {"Anna Petrova asks again", "a third time"}
    for _ in range(2):
        await process.records(CONTACTS, "mine", ERASED)
    assert await reasons(process) == {"a third time"}
    assert await said(process, "mine") == [("erasure-1", 1)]
    shown = await process.client.get(f"/v1/tickets/{mine}/escalations")
    assert "Petrova" not in shown.text
    assert shown.json()["items"]


async def test_a_living_persons_contact_and_a_lost_record_erase_nothing(process: Process) -> None:
    await escalated(process, "mine", "why")
    await process.records(CONTACTS, "mine", {"email": "mine@client.example"})
    await process.records(CONTACTS, "mine", None)
    assert await reasons(process) == {"why"}
    assert await said(process, "mine") == []
