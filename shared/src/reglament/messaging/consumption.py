"""What a service does with the records it reads; one object, built in its app.py."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reglament import clock
from reglament.command_handler import Submission
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.eventstore.store import Context

React = Callable[[Any, Sequence[Envelope]], Awaitable[None]]
RecordHandler = Callable[[Any, Sequence[tuple[str, dict[str, Any] | None]]], Awaitable[None]]
Reactions = Mapping[type[Event], Callable[[Envelope], Sequence[Submission[Any, Any]]]]
HandleBatch = Callable[[Any, Sequence[Submission[Any, Any]]], Awaitable[Any]]


class Effect(Protocol):
    """Rows out of events, in the consumer's transaction: a ProjectionRunner, the PolicyBook."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> Any:
        """Write what follows from the events; those it does not care about are in there too.

        connection: `fetch` and `execute`; what is written waits for that of the others (Together).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """topics: in the order in which a batch's records are taken (policies before tickets);

    records: handlers of the raw compacted topics (contacts, contents), which get
    `(key, value)`, value None where the record was deleted;
    dead_letter: the topic on which dead letters are said, None: they stand in the table alone.
    """

    topics: tuple[str, ...]
    projections: tuple[Effect, ...] = ()
    react: React | None = None
    records: Mapping[str, RecordHandler] = field(default_factory=dict)
    dead_letter: str | None = None


def caused_by(envelope: Envelope) -> Context:
    """The context of a command that an event of another service causes: same trace."""
    return Context(
        recorded_at=clock.now(),
        causation_id=envelope.id,
        correlation_id=envelope.correlation_id or envelope.id,
        traceparent=envelope.traceparent,
    )


def reactions(table: Reactions, handle_batch: HandleBatch) -> React:
    """`react` of a service's visible table REACTIONS.

    handle_batch: `(connection, submissions)`, carries them out in the consumer's transaction.
    """

    async def react(connection: Any, envelopes: Sequence[Envelope]) -> None:
        submissions: list[Submission[Any, Any]] = []
        for envelope in envelopes:
            reaction = table.get(type(envelope.event))
            if reaction is not None:
                submissions.extend(reaction(envelope))
        if submissions:
            await handle_batch(connection, submissions)

    return react
