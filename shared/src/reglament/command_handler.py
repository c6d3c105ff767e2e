"""Load, fold, decide, append: the ONE way in which anything is written (architecture 1)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reglament.decider import Decider, fold
from reglament.errors import Conflict, Refused
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
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
# Writers of one ticket at one instant pass one a batch: so many of them may come together.
ATTEMPTS = 20


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


@dataclass(slots=True, kw_only=True)
class History:
    """A stream as a decision sees it; grows with what is decided."""

    events: list[Event]
    pinned: int | None

    @classmethod
    def of(cls, envelopes: Sequence[Envelope]) -> "History":
        """What was loaded."""
        events = [envelope.event for envelope in envelopes]
        return cls(events=events, pinned=pinned_version(envelopes))


def decide(submission: Submission[C, S], history: History) -> StreamEvents:
    """The events that the command gives on this history. Raises Refused, Conflict."""
    version = len(history.events)
    if submission.expected is not None and submission.expected != version:
        raise Conflict(submission.stream, submission.expected, version)
    pinned = history.pinned if history.events else submission.policy_version
    decider = submission.decider_for(pinned)
    state = fold(decider, history.events)
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

    No events: nothing is written but the answer. What was answered under this Idempotency-Key is
    answered again, also where the command would now be refused. Raises Refused, Conflict,
    KeyReused, Unavailable, OutcomeUnknown.
    """

    async def attempt(is_first: bool) -> Appended:
        is_new = submission.new and is_first
        history = () if is_new else await store.load(submission.stream)
        part = decide(submission, History.of(history))
        return await store.append(as_commit(submission, part))

    return await _until_decided(store, attempt, submission.context, submission.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One stream of a joint command, see Submission."""

    stream: str
    subject: str
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A command on several streams: all of it or nothing (architecture 2: merge, split).

    decide: the streams' histories, in the order of `places` -> the events of each; raises
    Refused. A new stream stands under the policy version of the first; expected: of the first.
    """

    places: tuple[Place, ...]
    decide: Callable[[Sequence[History]], Sequence[Sequence[Event]]]
    context: Context
    expected: int | None = None
    records: tuple[Record, ...] = ()
    numbering: Numbering | None = None
    answer: Callable[[Sequence[Envelope]], Answer] | None = None
    rows: tuple[tuple[str, tuple[object, ...]], ...] = ()


async def handle_joint(store: EventStore, joint: Joint) -> Appended:
    """Carry out a command on several streams in one transaction, as `handle` does on one."""

    async def attempt(is_first: bool) -> Appended:
        streams = [place.stream for place in joint.places]
        loaded = await store.load_many(streams)
        histories = [History.of(loaded.get(stream, ())) for stream in streams]
        version = len(histories[0].events)
        if joint.expected is not None and joint.expected != version:
            raise Conflict(streams[0], joint.expected, version)
        return await store.append(_together(joint, histories))

    return await _until_decided(store, attempt, joint.context, joint.expected)


def _together(joint: Joint, histories: Sequence[History]) -> Commit:
    """One commit of all streams, in the order of their names."""
    decided = zip(joint.places, histories, joint.decide(histories), strict=True)
    parts = [
        StreamEvents(
            stream=place.stream,
            subject=place.subject,
            desk=place.desk,
            expected=len(history.events),
            events=tuple(events),
            policy_version=history.pinned if history.events else histories[0].pinned,
        )
        for place, history, events in decided
    ]
    return Commit(
        parts=tuple(sorted(parts, key=lambda part: part.stream)),
        context=joint.context,
        records=joint.records,
        numbering=joint.numbering,
        answer=joint.answer,
        rows=joint.rows,
    )


async def _until_decided(
    store: EventStore,
    attempt: Callable[[bool], Awaitable[Appended]],
    context: Context,
    expected: int | None,
) -> Appended:
    """Try again after a conflict that the caller did not ask about; first ask for the answer."""
    for count in range(1, ATTEMPTS + 1):
        try:
            return await attempt(count == 1)
        except (Refused, Conflict) as no:
            key = context.idempotency
            if key is not None and (first := await store.answered(key)):
                return first
            if isinstance(no, Refused) or expected is not None or count == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def handle_batch(
    store: EventStore, connection: Any, submissions: Sequence[Submission[Any, Any]]
) -> list[Appended | Refused | Conflict]:
    """Carry out many commands in the caller's transaction: few round trips, whatever their number.

    The streams are locked, so nobody else's event can come between; several commands for one
    stream see each other's events. A refusal, or a Conflict with the command's own `expected`, is
    the outcome of its command only. Raises Conflict where a stream came into being meanwhile, and
    whatever else a decider raises: then roll back and try again. After COMMIT: `store.wake()`.
    """
    streams = sorted({submission.stream for submission in submissions})
    loaded = await store.load_many(streams, connection=connection, lock=True)
    histories = {stream: History.of(loaded.get(stream, ())) for stream in streams}
    outcomes: dict[int, Appended | Refused | Conflict] = {}
    commits: dict[int, Commit] = {}
    for index, submission in enumerate(submissions):
        history = histories[submission.stream]
        try:
            part = decide(submission, history)
        except (Refused, Conflict) as refusal:
            outcomes[index] = refusal
            continue
        history.events.extend(part.events)
        history.pinned = part.policy_version
        is_kept = part.events or submission.records or submission.rows
        if is_kept or submission.context.idempotency:
            commits[index] = as_commit(submission, part)
        else:
            outcomes[index] = Appended()
    appended = await store.append_in(connection, list(commits.values()), loaded)
    outcomes |= dict(zip(commits, appended, strict=True))
    return [outcomes[index] for index in range(len(submissions))]
