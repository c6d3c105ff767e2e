"""Histories in bulk, through the real store: tickets of ten events, said in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from reglament import clock
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.sla import ClockMet, ClockStarted
from reglament.events.tickets import (
    MessageAdded,
    PriorityChanged,
    Resolved,
    TicketAccepted,
    TicketClosed,
    TicketOpened,
)
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import Commit, Context, Numbering, StreamEvents
from reglament.ids import new_id

DESK = "bulk"
EVENTS_A_TICKET, TICKETS_A_BATCH = 10, 200
SYSTEM = Actor(kind="system", id="proof")


def _content() -> ContentRef:
    return ContentRef(id=new_id(), version=1, digest="0" * 64)


def history(at: datetime) -> tuple[Event, ...]:
    """Opened, accepted, spoken about, solved, closed: ten events."""
    engineer = Actor(kind="engineer", id="e1")
    messages = [
        MessageAdded(
            at=at + timedelta(minutes=minute),
            actor=engineer,
            message=new_id(),
            visibility="public",
            author_kind="engineer",
            channel="web",
            content=_content(),
        )
        for minute in range(5)
    ]
    return (
        TicketOpened(
            at=at,
            actor=SYSTEM,
            channel="web",
            requester=new_id(),
            content=_content(),
            priority="normal",
        ),
        TicketAccepted(at=at, actor=SYSTEM, because="registered"),
        *messages,
        PriorityChanged(at=at, actor=engineer, priority="high", previous="normal"),
        Resolved(at=at, actor=engineer, content=_content()),
        TicketClosed(at=at, actor=engineer),
    )


def clocks(at: datetime) -> tuple[Event, ...]:
    """What sla-clock says of such a ticket: five clocks, ten events."""
    metrics = ("first_response", "update", "work_started", "handling", "resolution")
    started = [
        ClockStarted(
            at=at,
            actor=SYSTEM,
            metric=metric,  # type: ignore[arg-type]  # of the Literal's
            started_at=at,
            due_at=at + timedelta(hours=8),
            within="8h",
            calendar="always",
            priority="normal",
        )
        for metric in metrics
    ]
    met = [
        ClockMet(at=at, actor=SYSTEM, metric=metric, met_at=at, elapsed_seconds=0.0)  # type: ignore[arg-type]
        for metric in metrics
    ]
    return (*started, *met)


def commit(ticket: str, events: Sequence[Event], *, numbered: bool) -> Commit:
    """A new stream with these events."""
    part = StreamEvents(
        stream=f"ticket/{ticket}", subject=ticket, desk=DESK, expected=0, events=tuple(events)
    )
    numbering = Numbering(desk=DESK, pattern="B-{sequence:07d}") if numbered else None
    context = Context(recorded_at=clock.now())
    return Commit(parts=(part,), context=context, numbering=numbering)


async def append(pool: Any, store: PostgresEventStore, commits: Sequence[Commit]) -> None:
    """In one transaction, with the inline read models."""
    async with pool.acquire() as connection, connection.transaction():
        await store.append_in(connection, commits)
