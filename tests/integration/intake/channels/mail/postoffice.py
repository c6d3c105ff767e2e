"""The mail channel on a database of its own, for the tests of this folder."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from intake.channels.mail.classify import Ourselves
from intake.channels.mail.posting import Post
from intake.channels.mail.reader import LetterReader
from intake.channels.mail.work import LetterWork
from intake.letters import register as letters
from intake.letters.store import Fetched, LetterStore
from intake.office.office import Doors, Office
from intake.office.register import Register
from intake.personal_data import PersonalData
from intake.projections.queries import Queries
from intake.projections.ticket_view import TicketView
from reglament.clock import now
from reglament.database import connect_pool, migrate
from reglament.events.administration import PolicyPublished
from reglament.events.registry import Actor
from reglament.eventstore.postgres import PostgresEventStore
from reglament.ids import new_id
from reglament.policy_book import PolicyBook, keep_policy
from reglament.projections import ProjectionRunner
from tests.unit.intake.channels.mail.letters import raw_letter

MIGRATIONS = ("reglament.eventstore.migrations", "reglament.messaging.migrations")
KEY = "k" * 32
MAILBOX = "support@desk.example"
POLICY: dict[str, Any] = {
    "desk": "any",
    "name": "Any",
    "locale": "ru",
    "time_zone": "Europe/Moscow",
    "number": "ANY-{sequence:06d}",
    "mailbox": {"address": MAILBOX, "secret": "ANY_MAILBOX", "limit_per_sender": "9999/h"},
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"email": {"accept": "always"}},
    "scope": "open",
    "duplicates": {"window": "24h"},
    "request": {"fields": {"version": {"required": True, "labels": ["Version"]}}},
    "sla": {
        "targets": [{"metric": "first_response", "within": "1h", "calendar": "always"}],
    },
}
ASKED = "Version: 5\r\nThe printer is on fire."
OURSELVES = Ourselves(addresses=frozenset({MAILBOX}), servers=frozenset(), secret=KEY)


@dataclass(slots=True, kw_only=True)
class PostOffice:
    """The mail channel on a database of its own."""

    pool: Any
    post: Post
    work: LetterWork
    us: Ourselves = OURSELVES
    uid: int = 0

    async def receive(
        self, body: str = ASKED, headers: Mapping[str, str | None] | None = None
    ) -> letters.LetterRow:
        """A letter comes in and is worked off; what became of it."""
        await self.put(raw_letter(body, {"Message-ID": f"<{new_id()}@x>", **(headers or {})}))
        await self.settle()
        return (await letters.find(self.pool, letters.Search()))[0]

    async def put(self, raw: bytes) -> None:
        lease = await self.post.letters.lease(MAILBOX, "test", 60)
        assert lease is not None
        self.uid += 1
        at = now() - timedelta(minutes=1)
        letter = Fetched(uidvalidity=1, uid=self.uid, raw=raw, received_at=at)
        assert await self.post.letters.store(lease, "any", [letter])

    async def settle(self) -> None:
        while await self.work.one():
            pass

    async def types(self, subject: str | None) -> list[str]:
        rows = await self.pool.fetch(
            "SELECT type FROM events WHERE subject = $1 ORDER BY version", subject
        )
        return [row["type"] for row in rows]

    async def number(self, ticket: str | None) -> str:
        row = await self.post.queries.ticket(ticket or "")
        assert row is not None
        return str(row["number"])

    async def data(self, subject: str | None, version: int = 1) -> dict[str, Any]:
        data = await self.pool.fetchval(
            "SELECT data FROM events WHERE subject = $1 AND version = $2", subject, version
        )
        return dict(json.loads(data))


@asynccontextmanager
async def post_office(
    dsn: str, policy: Mapping[str, Any] = POLICY, us: Ourselves = OURSELVES
) -> AsyncIterator[PostOffice]:
    """Migrated, with one desk's rules published."""
    pool = await connect_pool(dsn)
    await migrate(pool, (*MIGRATIONS, "intake.migrations"))
    store = PostgresEventStore(pool, "/reglament/intake", (ProjectionRunner(TicketView()),))
    await store.start()
    policies = PolicyBook(pool)
    published = PolicyPublished(
        at=now(),
        actor=Actor(kind="system", id="test"),
        desk="any",
        version=1,
        document=dict(policy),
        digest="x",
    )
    async with pool.acquire() as connection:
        await keep_policy(connection, published)
    await policies.refresh()
    doors = Doors(
        store=store,
        policies=policies,
        register=Register(pool),
        data=PersonalData(pool),
        secret=KEY,
    )
    post = Post(
        doors=doors,
        office=Office(doors),
        queries=Queries(pool),
        letters=LetterStore(pool),
        now=now,
    )
    reader = LetterReader()
    try:
        # Who we are may change in the midst of a test, as it does when desks come.
        work = LetterWork(post, reader, lambda: office.us)
        office = PostOffice(pool=pool, post=post, work=work, us=us)
        yield office
    finally:
        await reader.close()
        await store.stop()
        await pool.close()
