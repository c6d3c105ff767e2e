"""A person's data goes, in one transaction; the history stays (architecture 5)."""

import base64
from datetime import timedelta
from typing import Any

from intake.office.sweeping import sweep, sweepers
from reglament import clock, failpoints
from reglament.events.escalations import ReasonsErased
from reglament.events.notifications import CopiesErased
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.ids import new_id
from reglament.messaging.partitions import partition_of
from reglament.testing import SYSTEM, Author
from tests.integration.intake.conftest import Intake, request

PHONE = "+74955550199"
PICTURE = base64.b64encode(b"GIF89a-canary-file").decode()
RECORDS = "SELECT key, value FROM records WHERE topic = ANY($1)"


async def ended(intake: Intake) -> dict[str, Any]:
    """A closed ticket with everything a ticket may hold of a person."""
    body = request(
        subject=f"canary-subject {new_id()}",
        description="canary-description",
        requester={"name": "canary-name", "email": "ann@north.example", "phone": PHONE},
        fields={"frequency": "canary-field"},
        attachments=[{"name": "canary.gif", "content": PICTURE}],
    )
    answer = await intake.call(
        "POST", "/desks/north/tickets", body, Idempotency_Key=f'"{new_id()}"'
    )
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    await intake.act(ticket["id"], "messages", {"body": "canary-note", "visibility": "internal"})
    await intake.act(ticket["id"], "resolution", {"text": "canary-resolution"})
    await intake.act(ticket["id"], "closure", {})
    return ticket


async def everything(intake: Intake) -> bytes:
    """All rows of all tables, as bytes."""
    pool = intake.runtime.pool
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    said = []
    for (name,) in tables:
        rows = await pool.fetch(f'SELECT * FROM "{name}"')  # noqa: S608 - of the catalogue
        said += [value for row in rows for value in row.values()]
    return b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in said)


async def erase(intake: Intake, requester: str, key: str = "admin") -> Any:
    return await intake.call("DELETE", f"/requesters/{requester}", key=key)


async def test_nothing_of_an_erased_person_is_left_and_the_history_is_whole(
    intake: Intake,
) -> None:
    ticket = await ended(intake)
    before = await intake.types(ticket["id"])
    assert (await everything(intake)).count(b"canary") > 8
    answer = await erase(intake, ticket["requester"])
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/erasures/{answer.json()['id']}"
    left = await everything(intake)
    assert b"canary" not in left
    assert PHONE.encode() not in left
    assert b"ann@north.example" not in left
    assert await intake.types(ticket["id"]) == before
    proof = await intake.runtime.store.verify(f"ticket/{ticket['id']}")
    assert proof.broken_at is None


async def test_an_erasure_that_breaks_off_has_erased_nothing_and_is_carried_out_the_next_time(
    intake: Intake,
) -> None:
    ticket = await ended(intake)
    failpoints.arm("erasing.before_commit:raise")
    assert (await erase(intake, ticket["requester"])).status_code >= 500
    assert b"canary-description" in await everything(intake)
    assert (await erase(intake, ticket["requester"])).status_code == 202
    assert b"canary" not in await everything(intake)


async def test_what_is_read_says_that_it_was_erased(intake: Intake) -> None:
    ticket = await ended(intake)
    at = (await erase(intake, ticket["requester"])).json()["erased_at"]
    shown = await intake.get(f"/tickets/{ticket['id']}")
    assert (shown["erased_at"], shown["subject"], shown["description"]) == (at, None, None)
    assert shown["attachments"][0]["name"] is None
    messages = (await intake.get(f"/tickets/{ticket['id']}/messages"))["items"]
    assert {each["erased_at"] for each in messages} == {at}
    rows = (await intake.get(f"/tickets/{ticket['id']}/history"))["items"]
    contents = [row["content"] for row in rows if "content" in row]
    assert contents
    assert all(content == {"erased_at": at} for content in contents)
    file = await intake.call(
        "GET", f"/tickets/{ticket['id']}/attachments/{shown['attachments'][0]['id']}"
    )
    assert file.status_code == 404


HANDED_OVER = """
INSERT INTO letters (id, desk, mailbox, uidvalidity, uid, content_hash, raw, received_at, outcome,
    envelope_sender, envelope_recipient)
SELECT gen_random_uuid(), 'north', 'door', 1, n, '', raw, now(), 'quarantined', sender, 'canary@x'
FROM (VALUES (1, 'To: ANN@north.example canary'::bytea, NULL),
    (2, 'canary of nobody', 'Ann@North.Example')) AS said (n, raw, sender)"""


async def test_letters_that_nobody_could_read_go_where_they_name_the_person(
    intake: Intake,
) -> None:
    ticket = await ended(intake)
    await intake.runtime.pool.execute(HANDED_OVER)
    erasure = (await erase(intake, ticket["requester"])).json()
    (letters,) = [
        one for one in erasure["copies"] if (one["held_by"], one["what"]) == ("intake", "letters")
    ]
    assert letters["count"] == 2
    left = (await everything(intake)).lower()
    assert b"canary" not in left
    assert b"ann@north.example" not in left


async def test_the_records_for_the_others_say_erased_and_are_never_null(intake: Intake) -> None:
    ticket = await ended(intake)
    erasure = (await erase(intake, ticket["requester"])).json()
    rows = await intake.runtime.pool.fetch(RECORDS, [CONTACTS, CONTENTS])
    assert len(rows) == 4  # the person, the request, the note, the answer
    for row in rows:
        assert erasure["erased_at"].encode() in row["value"]
        assert erasure["id"].encode() in row["value"]


async def test_an_open_ticket_is_named_and_nothing_is_touched(intake: Intake) -> None:
    first = await ended(intake)
    second = await intake.open()
    assert first["requester"] == second["requester"]
    answer = await erase(intake, first["requester"])
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"].endswith("/tickets-open")
    named = [(one["field"], one["detail"]) for one in answer.json()["violations"]]
    assert named == [(second["id"], second["number"])]
    shown = await intake.get(f"/tickets/{first['id']}")
    assert shown["subject"] == first["subject"]


async def test_a_second_time_gives_the_first_answer_until_something_has_come_since(
    intake: Intake,
) -> None:
    ticket = await ended(intake)
    first = (await erase(intake, ticket["requester"])).json()
    again = await erase(intake, ticket["requester"])
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    new = await ended(intake)
    assert new["requester"] == ticket["requester"]
    assert (await intake.get(f"/tickets/{new['id']}"))["subject"] == new["subject"]
    third = (await erase(intake, ticket["requester"])).json()
    assert third["id"] != first["id"]
    assert b"canary" not in await everything(intake)


async def test_only_an_admin_erases_and_only_whom_there_is(intake: Intake) -> None:
    ticket = await ended(intake)
    assert (await erase(intake, ticket["requester"], key="agent")).status_code == 403
    assert (await erase(intake, new_id())).status_code == 404
    assert (await intake.call("GET", f"/erasures/{new_id()}", key="admin")).status_code == 404


async def test_another_persons_data_stays(intake: Intake) -> None:
    ticket = await ended(intake)
    theirs = await intake.open(
        subject="of Bob", requester={"name": "Bob", "email": "bob@north.example"}
    )
    await erase(intake, ticket["requester"])
    assert (await intake.get(f"/tickets/{theirs['id']}"))["subject"] == "of Bob"
    assert b"bob@north.example" in await everything(intake)


async def test_an_address_that_the_desk_keeps_as_a_partners_is_named(intake: Intake) -> None:
    ticket = await ended(intake)
    customer = {"name": "North works", "emails": ["ann@north.example"]}
    answer = await intake.call("PUT", "/desks/north/customers/works", customer)
    assert answer.status_code == 200, answer.text
    erasure = (await erase(intake, ticket["requester"])).json()
    (register,) = [one for one in erasure["copies"] if one["what"] == "customer-register"]
    assert (register["state"], register["count"]) == ("kept", 1)


async def test_what_is_left_is_told_until_all_is_gone(intake: Intake) -> None:
    ticket = await ended(intake)
    erasure = (await erase(intake, ticket["requester"])).json()
    assert (erasure["state"], erasure["complete_at"]) == ("erasing", None)
    path = f"/erasures/{erasure['id']}"
    of = {"actor": SYSTEM, "erasure": erasure["id"], "requester": ticket["requester"]}
    for service, kind in (("notifier", CopiesErased), ("escalation", ReasonsErased)):
        assert (await intake.get(path, key="admin"))["complete_at"] is None
        said = kind(at=clock.now(), **of)
        author = Author(source=f"/reglament/{service}", subject=ticket["requester"], desk="north")
        await intake.feed(*author.history(said))
    left = await intake.get(path, key="admin")
    states = {(one["held_by"], one["what"]): one["state"] for one in left["copies"]}
    assert states["notifier", "contents"] == states["escalation", "reasons"] == "erased"
    assert states["kafka", "contents-topic"] == states["backups", "backups"] == "expiring"
    assert left["complete_at"] is not None
    pool, store = intake.runtime.pool, intake.runtime.store
    await pool.execute("UPDATE erasures SET erased_at = erased_at - interval '31 days'")
    assert (await intake.get(path, key="admin"))["state"] == "erasing"
    assert await sweep(pool, store, 12, clock.now()) == 1
    assert await sweep(pool, store, 12, clock.now()) == 0
    assert (await intake.get(path, key="admin"))["state"] == "complete"


async def test_nobodys_topics_are_moved_on_before_a_day_has_passed(intake: Intake) -> None:
    ticket = await ended(intake)
    await erase(intake, ticket["requester"])
    pool, store = intake.runtime.pool, intake.runtime.store
    assert await sweep(pool, store, 12, clock.now() + timedelta(hours=23)) == 0
    assert {partition_of(key, 12) for key in sweepers(12)} == set(range(12))


async def test_the_erasure_list_is_applied_again_to_what_a_backup_brought_back(
    intake: Intake,
) -> None:
    ticket = await ended(intake)
    await erase(intake, ticket["requester"])
    listed = (await intake.call("GET", "/erasures", key="admin")).json()
    pool = intake.runtime.pool
    await pool.execute("DELETE FROM erasures")
    back = await intake.open(subject="canary-of-the-backup")  # open, as it was then
    for _ in range(2):
        answer = await intake.call("POST", "/erasures", listed, key="admin")
        assert answer.status_code == 200, answer.text
        assert answer.json() == listed
    assert b"canary" not in await everything(intake)
    assert (await intake.get(f"/tickets/{back['id']}"))["erased_at"] == listed["items"][0][
        "erased_at"
    ]
