"""Reads the evidence out of databases, topics and mailboxes, past the proxies."""

import asyncio
import imaplib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from reglament.events.envelope import Envelope
from reglament.events.topics import OWNERS
from reglament.eventstore.reading import COLUMNS, envelope_of
from reglament.messaging.incoming import Incoming, read
from reglament_local.chaos.evidence import Evidence, LetterIn, Line
from reglament_local.chaos.house import House
from reglament_local.chaos.journal import Journal
from reglament_local.secrets_file import DATABASES

EVENTS = f"SELECT {COLUMNS} FROM events ORDER BY position"  # noqa: S608 - a constant
WAITING = {
    "pending": "SELECT count(*) FROM pending",
    "blocked": "SELECT count(*) FROM blocked",
    "parked": "SELECT count(*) FROM parked",
    "dead letters": "SELECT count(*) FROM dead_letter",
}
AT_ONCE = 6
_MESSAGE_ID = re.compile(rb"message-id:\s*(<[^>]+>)", re.IGNORECASE)


@asynccontextmanager
async def database(house: House, service: str) -> AsyncIterator[Any]:
    """A connection of the checker's own to a service's database."""
    connection = await asyncpg.connect(house.stack.postgres.dsn(service), timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def gathered(house: House, journal: Journal) -> Evidence:
    """Everything; the house must be quiet."""
    evidence = Evidence(
        answered=journal.answered, unanswered=dict(journal.asked), posted=journal.posted
    )
    store: list[Envelope] = []
    waiting: dict[str, int] = {}
    inboxes, read_topics = {}, {}
    for service in DATABASES:
        async with database(house, service) as connection:
            store += [envelope_of(row) for row in await connection.fetch(EVENTS)]
            for name, query in WAITING.items():
                waiting[f"{name} in {service}"] = await connection.fetchval(query)
            inboxes[service] = await _inbox(connection)
            read_topics[service] = await _read_topics(connection)
    evidence.store, evidence.waiting = store, waiting
    evidence.inboxes, evidence.read_topics = inboxes, read_topics
    await _records(house, evidence)
    await _topics(house, evidence)
    await _letters(house, evidence)
    return evidence


async def _inbox(connection: Any) -> dict[Line, int]:
    rows = await connection.fetch("SELECT source, subject, sequence FROM inbox")
    return {(row["source"], row["subject"]): row["sequence"] for row in rows}


async def _read_topics(connection: Any) -> frozenset[str]:
    rows = await connection.fetch("SELECT DISTINCT topic FROM consumer_offset")
    return frozenset(row["topic"] for row in rows)


async def _records(house: House, evidence: Evidence) -> None:
    async with database(house, "intake") as connection:
        rows = await connection.fetch("SELECT topic, key, value FROM records")
        evidence.records = {(row["topic"], row["key"]): row["value"] for row in rows}


async def _topics(house: House, evidence: Evidence) -> None:
    events: dict[str, list[Envelope]] = {}
    unreadable: list[str] = []
    sent: dict[Line, bytes | None] = {}
    async for incoming in _all_records(house):
        if incoming.kind == "record":
            sent[incoming.topic, incoming.subject] = incoming.value
        elif incoming.envelope is not None:
            events.setdefault(incoming.topic, []).append(incoming.envelope)
        else:
            place = f"{incoming.topic}/{incoming.partition}/{incoming.offset}"
            unreadable.append(f"{place} {incoming.cause}")
    evidence.topics, evidence.unreadable, evidence.sent_records = events, unreadable, sent


async def _all_records(house: House) -> AsyncIterator[Incoming]:
    consumer = AIOKafkaConsumer(
        *OWNERS,
        bootstrap_servers=house.stack.kafka.address,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        left = {partition for partition, end in ends.items() if end}
        await consumer.seek_to_beginning()
        while left:
            got = await consumer.getmany(*left, timeout_ms=500, max_records=5000)
            for records in got.values():
                for record in records:
                    yield read(record)
            for partition in tuple(left):
                if await consumer.position(partition) >= ends[partition]:
                    left.discard(partition)
    finally:
        await asyncio.wait_for(consumer.stop(), 10)


async def _letters(house: House, evidence: Evidence) -> None:
    async with database(house, "intake") as connection:
        rows = await connection.fetch("SELECT message_id, outcome, ticket::text FROM letters")
        evidence.letters_in = [LetterIn(**dict(row)) for row in rows]
        found = await connection.fetch("SELECT DISTINCT email FROM contacts WHERE email <> ''")
    addresses = {row["email"] for row in found}
    async with database(house, "notifier") as connection:
        rows = await connection.fetch("SELECT message_id, state FROM letters")
        evidence.letters_out = {row["message_id"]: row["state"] for row in rows}
        found = await connection.fetch("SELECT DISTINCT email FROM engineers_v1")
    addresses |= {row["email"] for row in found}
    evidence.mailboxes = await _mailboxes(house.stack.greenmail.imap_port, addresses)


async def _mailboxes(port: int, addresses: Iterable[str]) -> Counter[str]:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(address: str) -> list[str]:
        async with few:
            return await asyncio.to_thread(_message_ids, port, address)

    found = await asyncio.gather(*(one(address) for address in sorted(addresses)))
    return Counter(identifier for some in found for identifier in some)


def _message_ids(port: int, address: str) -> list[str]:
    """Of every letter in a mailbox."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=20) as box:
        box.login(address, address)
        _, (count,) = box.select("INBOX", readonly=True)
        if not int(count or 0):
            return []
        _, data = box.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    headers = [part[1] for part in data if isinstance(part, tuple)]
    found = (_MESSAGE_ID.search(header.replace(b"\r\n ", b" ")) for header in headers)
    return [match[1].decode() for match in found if match]
