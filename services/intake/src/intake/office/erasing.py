"""Erasing a person: every copy of intake's in one transaction, and the word to all others.

Events and their hashes stay; what they refer to is replaced by `{erased_at}` (architecture 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from intake.domain.erasure import Erasure
from intake.letters.copies import EMPTIED
from reglament.errors import NotFound, Refused, Violation
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.eventstore.store import Commit, Context, EventStore, Record
from reglament.failpoints import failpoint
from reglament.ids import new_id
from reglament.instants import rfc3339
from reglament.mail.addresses import mailbox_key
from reglament.telemetry import current_traceparent

SECONDS = 600.0
ENDED = ("closed", "refused", "merged", "returned")
# Whoever registers a request of this person writes the same record first: so the two take turns.
_HOLD = "SELECT 1 FROM records WHERE topic = $1 AND key = $2 FOR UPDATE"
_PATIENCE = f"SET LOCAL statement_timeout = '{int(SECONDS)}s'; SET LOCAL transaction_timeout = 0"
_CONTACT = "SELECT desk, email FROM contacts WHERE requester = $1"
_TICKETS = "SELECT key, number, status FROM ticket_view_v1 WHERE requester = $1 ORDER BY key"
_CONTENTS = """
SELECT id FROM contents
WHERE (requester = $1 OR ticket = ANY($2)) AND NOT parts ? 'erased_at' ORDER BY id"""
_FILES = """
DELETE FROM attachments a WHERE ticket = ANY($1) OR EXISTS (
    SELECT FROM contents c WHERE c.ticket = a.ticket AND c.id = ANY($2)
        AND c.parts->'attachments' @> jsonb_build_array(jsonb_build_object('id', a.id))
    ) AND NOT EXISTS (
    SELECT FROM contents c WHERE c.ticket = a.ticket AND c.id <> ALL($2)
        AND c.parts->'attachments' @> jsonb_build_array(jsonb_build_object('id', a.id)))"""
# The salt goes too: without it nobody can try words against the digest in the event.
_TEXTS = """
UPDATE contents SET salt = '', parts = jsonb_build_object('erased_at', $2::text)
WHERE id = ANY($1)"""
_PERSON = "DELETE FROM contacts WHERE requester = $1"
# Letters that no ticket leads to are the person's where they sent them, or where one that nobody
# answers (unreadable, automatic, a report) names their address.
_LETTERS = f"""
UPDATE letters SET {EMPTIED}, erased_at = $4
WHERE erased_at IS NULL AND outcome IS NOT NULL AND (
    ticket = ANY($1::text[]::uuid[]) OR requester = $2
    OR (desk = $3 AND $5 <> '' AND outcome IN ('quarantined', 'automatic', 'report')
        AND (lower(envelope_sender) = $5 OR position($5 IN lower(encode(raw, 'escape'))) > 0)))
RETURNING id::text"""  # noqa: S608 - the columns are ours
_ANSWERS = """
UPDATE idempotency SET body = convert_to(jsonb_build_object('erased_at', $2::text)::text, 'UTF8')
WHERE EXISTS (SELECT FROM unnest($1::text[]) AS named (id)
    WHERE position(convert_to(named.id, 'UTF8') IN body) > 0)"""
_LENT = "DELETE FROM credentials WHERE ticket = ANY($1)"
_FINGERPRINTS = "DELETE FROM request_fingerprints WHERE ticket = ANY($1)"
_REGISTER = """
SELECT count(*) FROM customers_v1 WHERE desk = $1 AND emails @> jsonb_build_array($2::text)"""
_KEEP = """
INSERT INTO erasures
    (id, requester, desk, erased_at, erased_by, tickets, contents, letters, counts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb)"""
_COLUMNS = "id, requester, desk, erased_at, erased_by, counts::text AS counts, swept_at"
_NEWEST = "ORDER BY erased_at DESC LIMIT 1"
_LAST = f"SELECT {_COLUMNS} FROM erasures WHERE requester = $1 {_NEWEST}"  # noqa: S608
_ONE = f"SELECT {_COLUMNS} FROM erasures WHERE id = $1"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM erasures ORDER BY erased_at, id"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose data is to go. at, by: when and by whom it was told.

    erasure: its id where it was erased before, and an old backup brought the data back: then
    tickets that seem open do not count, they were closed since.
    """

    requester: str
    at: datetime
    by: str
    desk: str = ""
    erasure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What is a person's, by id."""

    desk: str
    email: str
    tickets: tuple[str, ...]
    contents: tuple[str, ...]


class Erasing:
    """One a process."""

    def __init__(self, pool: Any, store: EventStore) -> None:
        """The pool of intake's own database, and its store."""
        self._pool, self._store = pool, store

    async def erase(self, person: Person) -> Erasure:
        """Erase, or say what was erased before where nothing has come since.

        Raises NotFound; Refused (`tickets-open`) naming them.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_PATIENCE)
            await connection.execute(_HOLD, CONTACTS, person.requester)
            theirs = await _theirs(connection, person)
            if theirs is None:
                return await self._before(connection, person)
            erasure = await self._erase(connection, person, theirs)
            await failpoint("erasing.before_commit")
        self._store.wake()
        return erasure

    async def again(self, person: Person) -> None:
        """Erase whom the erasure list names, where an old backup brought them back."""
        async with self._pool.acquire() as connection:
            known = await connection.fetchrow(_ONE, person.erasure)
        if known is None:
            await self.erase(person)

    async def _before(self, connection: Any, person: Person) -> Erasure:
        """Nothing of theirs is there: erased before, or (`again`) not yet come when backed up."""
        if person.erasure is not None:
            nothing = Theirs(desk=person.desk, email="", tickets=(), contents=())
            return await self._erase(connection, person, nothing)
        row = await connection.fetchrow(_LAST, person.requester)
        if row is None:
            raise NotFound("requester", person.requester)
        return _erasure_of(row)

    async def _erase(self, connection: Any, person: Person, theirs: Theirs) -> Erasure:
        erasure = person.erasure or new_id()
        counts, letters = await _clear(connection, person, theirs)
        await connection.execute(
            _KEEP,
            erasure,
            person.requester,
            theirs.desk,
            person.at,
            person.by,
            list(theirs.tickets),
            list(theirs.contents),
            letters,
            msgspec.json.encode(counts).decode(),
        )
        commit = Commit(
            parts=(),
            context=Context(recorded_at=person.at, traceparent=current_traceparent()),
            records=erased_records(person, erasure, theirs.contents),
        )
        await self._store.append_in(connection, [commit])
        return _erasure_of(await connection.fetchrow(_ONE, erasure))

    async def one(self, erasure: str) -> Erasure:
        """By its id. Raises NotFound."""
        row = await self._pool.fetchrow(_ONE, erasure)
        if row is None:
            raise NotFound("erasure", erasure)
        return _erasure_of(row)

    async def all(self) -> list[Erasure]:
        """The erasure list, the oldest first: what is applied again after a restore."""
        return [_erasure_of(row) for row in await self._pool.fetch(_ALL)]


async def _theirs(connection: Any, person: Person) -> Theirs | None:
    """None: there is nothing of theirs. Raises Refused (`tickets-open`)."""
    contact = await connection.fetchrow(_CONTACT, person.requester)
    tickets = await connection.fetch(_TICKETS, person.requester)
    keys = [row["key"] for row in tickets]
    contents = await connection.fetch(_CONTENTS, person.requester, keys)
    if contact is None and not contents:
        return None
    still_open = [row for row in tickets if row["status"] not in ENDED]
    if still_open and person.erasure is None:
        raise Refused(
            [
                Violation(rule="ticket-open", field=row["key"], detail=row["number"])
                for row in still_open
            ],
            kind="tickets-open",
        )
    return Theirs(
        desk=contact["desk"] if contact else person.desk,
        email=mailbox_key(contact["email"]) if contact else "",
        tickets=tuple(keys),
        contents=tuple(row["id"] for row in contents),
    )


async def _clear(
    connection: Any, person: Person, theirs: Theirs
) -> tuple[dict[str, int], list[str]]:
    """Erase every copy here; how many rows that were, and the letters' ids."""
    tickets, contents = list(theirs.tickets), list(theirs.contents)
    at = rfc3339(person.at)

    async def gone(statement: str, *arguments: object) -> int:
        told = await connection.execute(statement, *arguments, timeout=SECONDS)
        return int(str(told).rpartition(" ")[2])

    letters = await connection.fetch(
        _LETTERS,
        tickets,
        person.requester,
        theirs.desk,
        person.at,
        theirs.email,
        timeout=SECONDS,
    )
    counts = {
        "letters": len(letters),
        "attachments": await gone(_FILES, tickets, contents),
        "contents": await gone(_TEXTS, contents, at),
        "contacts": await gone(_PERSON, person.requester),
        "credentials": await gone(_LENT, tickets),
        "idempotency-answers": await gone(_ANSWERS, [person.requester, *tickets], at),
        "fingerprints": await gone(_FINGERPRINTS, tickets),
        "customer-register": await connection.fetchval(_REGISTER, theirs.desk, theirs.email),
    }
    return counts, [row["id"] for row in letters]


def erased_records(person: Person, erasure: str, contents: Sequence[str]) -> tuple[Record, ...]:
    """What the others are told, never null: the person with all contents, so that each can erase
    at once whatever comes later, and every content by itself, so that Kafka forgets the text.
    """
    said = {"erased_at": rfc3339(person.at), "erasure": erasure}
    whole = msgspec.json.encode({**said, "contents": contents})
    each = msgspec.json.encode(said)
    return (
        Record(topic=CONTACTS, key=person.requester, value=whole),
        *(Record(topic=CONTENTS, key=content, value=each) for content in contents),
    )


def _erasure_of(row: Any) -> Erasure:
    return Erasure(**{**dict(row), "counts": msgspec.json.decode(row["counts"])})
