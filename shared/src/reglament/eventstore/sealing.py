"""Events of a commit -> envelopes with numbers and hashes. Pure but for the new ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from reglament.events import codec
from reglament.events.envelope import GENESIS, Envelope, chained
from reglament.events.registry import Event, by_class
from reglament.eventstore.store import Commit, StreamEvents
from reglament.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One stream's part of a commit, ready to be stored."""

    part: StreamEvents
    envelopes: tuple[Envelope, ...]


def lacks_number(part: StreamEvents) -> bool:
    """Whether an event of it waits for a number (semantics 18): one number a stream."""
    return any(getattr(event, "number", None) == "" for event in part.events)


def numbers_needed(commit: Commit) -> int:
    """How many numbers its desk has to give it."""
    return 0 if commit.numbering is None else sum(map(lacks_number, commit.parts))


def seal(
    commit: Commit, heads: Mapping[str, str], numbers: Iterator[int], source: str
) -> tuple[Sealed, ...]:
    """The commit's envelopes. heads: the newest hash of each stream that has one."""
    sealed = []
    for part in commit.parts:
        events: Sequence[Event] = part.events
        if commit.numbering is not None and lacks_number(part):
            number = commit.numbering.pattern.format(sequence=next(numbers))
            events = [_numbered(event, number) for event in events]
        previous = heads.get(part.stream, GENESIS)
        sealed.append(Sealed(part=part, envelopes=_chain(commit, part, events, previous, source)))
    return tuple(sealed)


def _numbered(event: Event, number: str) -> Event:
    if getattr(event, "number", None) != "":
        return event
    return msgspec.structs.replace(event, number=number)


def _chain(
    commit: Commit, part: StreamEvents, events: Sequence[Event], previous: str, source: str
) -> tuple[Envelope, ...]:
    envelopes = []
    for version, event in enumerate(events, part.expected + 1):
        envelope = chained(_envelope(commit, part, event, version, source), previous)
        previous = envelope.hash
        envelopes.append(envelope)
    return tuple(envelopes)


def _envelope(
    commit: Commit, part: StreamEvents, event: Event, version: int, source: str
) -> Envelope:
    entry, context = by_class(type(event)), commit.context
    return Envelope(
        id=new_id(),
        source=source,
        type=entry.name,
        schema_version=entry.version,
        subject=part.subject,
        desk=part.desk,
        at=event.at,
        recorded_at=context.recorded_at,
        sequence=version,
        causation_id=context.causation_id,
        correlation_id=context.correlation_id,
        policy_version=part.policy_version,
        traceparent=context.traceparent,
        data=codec.encode(event),
        event=event,
    )
