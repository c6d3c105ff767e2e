"""Load, fold, decide, append: the ONE way in which anything is written (architecture 1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from reglament.decider import Decider, fold
from reglament.errors import Conflict
from reglament.events.envelope import Envelope
from reglament.eventstore.store import (
    Answer,
    Appended,
    Commit,
    Context,
    EventStore,
    Numbering,
    Record,
    StreamEvents,
)

C = TypeVar("C")
S = TypeVar("S")
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[C, S]):
    """A command on its way to a stream.

    decider_for: the stream's pinned policy version (None: no policy) -> its decider;
    expected: the version that the caller saw (If-Match), None: whatever it is now;
    policy_version: stamped on the events of a new stream; an old one keeps its own.
    """

    stream: str
    subject: str
    desk: str
    command: C
    decider_for: Callable[[int | None], Decider[C, S]]
    context: Context
    policy_version: int | None = None
    expected: int | None = None
    records: tuple[Record, ...] = ()
    numbering: Numbering | None = None
    answer: Callable[[Sequence[Envelope]], Answer] | None = None
    rows: tuple[tuple[str, tuple[object, ...]], ...] = ()
    new: bool = False  # the stream is known to be new: nothing to load


def pinned_version(envelopes: Sequence[Envelope]) -> int | None:
    """The policy version a stream stands under (semantics 16): that of its newest event."""
    return envelopes[-1].policy_version if envelopes else None


def decide(submission: Submission[C, S], history: Sequence[Envelope]) -> StreamEvents:
    """The events that the command gives on this history. Raises Refused, Conflict."""
    version = len(history)
    if submission.expected is not None and submission.expected != version:
        raise Conflict(submission.stream, submission.expected, version)
    pinned = pinned_version(history) if history else submission.policy_version
    decider = submission.decider_for(pinned)
    state = fold(decider, (envelope.event for envelope in history))
    return StreamEvents(
        stream=submission.stream,
        subject=submission.subject,
        desk=submission.desk,
        expected=version,
        events=tuple(decider.decide(submission.command, state)),
        policy_version=pinned,
    )


def as_commit(submission: Submission[C, S], part: StreamEvents) -> Commit:
    """One stream's events with what goes along with them."""
    return Commit(
        parts=(part,),
        context=submission.context,
        records=submission.records,
        numbering=submission.numbering,
        answer=submission.answer,
        rows=submission.rows,
    )


async def handle(store: EventStore, submission: Submission[C, S]) -> Appended:
    """Carry out a command. Without If-Match a conflict is decided again, `ATTEMPTS` times.

    No events: nothing is written but the answer. Raises Refused, Conflict, KeyReused.
    """
    for attempt in range(1, ATTEMPTS + 1):
        history = () if submission.new else await store.load(submission.stream)
        try:
            return await store.append(as_commit(submission, decide(submission, history)))
        except Conflict:
            if submission.expected is not None or attempt == ATTEMPTS:
                raise
            submission = replace(submission, new=False)
    raise AssertionError("unreachable")
