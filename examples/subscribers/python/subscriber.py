"""A copy of every ticket's state, kept from the events alone: `python subscriber.py HOST:PORT`."""

import asyncio
import json
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer

TICKETS, CONTACTS = "reglament.tickets.v1", "reglament.contacts.v1"
PHASES = dict.fromkeys(("TicketOpened", "TicketResumed", "TicketReopened"), "open") | {
    "TicketReturned": "returned",
    "InfoRequested": "waiting",
    "TicketDeferred": "deferred",
    "Resolved": "resolved",
    "TicketClosed": "closed",
    "TicketRefused": "refused",
    "TicketMerged": "merged",
}
tickets: dict[str, dict[str, Any]] = {}
emails: dict[str, str] = {}


def take(record: Any) -> None:
    """One record into the copy; what has changed is printed."""
    key = record.key.decode()
    data = json.loads(record.value or b'{"erased_at": "compacted"}')
    if record.topic == CONTACTS:
        emails[key] = data.get("email")
        if "erased_at" in data:  # an erased person: forget what we hold of them
            del emails[key]
        for ticket in tickets.values():
            if ticket["requester"] == key:
                say(ticket)
        return
    head = {name: value.decode() for name, value in record.headers}
    kind, sequence = head["ce_type"], int(head["ce_sequence"])
    ticket = tickets.setdefault(key, {"id": key, "version": 0, "phase": None})
    if sequence <= ticket["version"]:  # delivered before: at least once, in order per ticket
        return
    answered = kind == "InfoProvided" or (
        kind == "MessageAdded"
        and (data["author_kind"], data["visibility"]) == ("requester", "public")
        and not data.get("automatic")
    )
    awaited = answered and ticket["phase"] == "waiting"
    ticket["phase"] = "open" if awaited else PHASES.get(kind, ticket["phase"])
    ticket |= {name: data[name] for name in ("number", "priority", "requester") if name in data}
    ticket["version"] = sequence
    say(ticket)


def say(ticket: dict[str, Any]) -> None:
    """The ticket as the copy has it, one line of JSON."""
    shown = {name: ticket[name] for name in ("id", "version", "number", "phase", "priority")}
    print(json.dumps({**shown, "email": emails.get(ticket["requester"])}), flush=True)  # noqa: T201


async def main(kafka: str) -> None:
    """No group, so that every start reads all partitions from their first record."""
    consumer = AIOKafkaConsumer(
        TICKETS, CONTACTS, bootstrap_servers=kafka, auto_offset_reset="earliest"
    )
    async with consumer:
        async for record in consumer:
            if record.headers:  # without them it is none of Reglament's
                take(record)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
