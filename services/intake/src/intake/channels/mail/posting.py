"""What a letter does to a ticket: the effect and the letter's outcome in one transaction.

The decision is made twice, first here to know the outcome, then by the command handler at the
same version of the stream: if that has moved, the whole letter is thought through anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from intake.channels.mail.classify import Verdict
from intake.channels.mail.letter import ParsedLetter
from intake.letters.senders import Written, claim_answer, rate
from intake.letters.store import Decision, LetterStore, StoredLetter, decided
from intake.office.incoming import How
from intake.office.office import Doors, Office
from intake.personal_data import Upload
from intake.projections.queries import Queries
from reglament.clock import Clock
from reglament.command_handler import History, Submission, decide, handle
from reglament.events.registry import Actor, Event
from reglament.eventstore.store import Context, IdempotencyKey
from reglament.failpoints import failpoint
from reglament.telemetry import OFF, Tracing, current_traceparent

C = TypeVar("C")
S = TypeVar("S")
Files = tuple[str, Sequence[Upload]]
SCOPE = "letter"
SYSTEM = Actor(kind="system", id="intake", rule="mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What the mail channel works with."""

    doors: Doors
    office: Office
    queries: Queries
    letters: LetterStore
    now: Clock
    tracing: Tracing = OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A letter with all that is known of it before any ticket is touched.

    at: when our mail server took it, never in the future (semantics 23).
    """

    stored: StoredLetter
    letter: ParsedLetter
    verdict: Verdict
    requester: str
    at: datetime

    @property
    def written(self) -> Written:
        """The letter as its limits see it."""
        return Written(
            letter=self.stored.id,
            desk=self.stored.desk,
            requester=self.requester,
            at=self.stored.received_at,
        )

    def how(self, now: datetime) -> How:
        """By the requester, once a letter: a second try finds its first answer."""
        key = IdempotencyKey(scope=SCOPE, key=self.stored.id, body_hash=self.stored.content_hash)
        return How(
            actor=Actor(kind="requester", id=self.requester),
            entered_by="requester",
            context=Context(
                recorded_at=now,
                correlation_id=self.stored.id,
                traceparent=current_traceparent(),
                idempotency=key,
            ),
        )


async def answerable(post: Post, reading: Reading) -> Reading:
    """The same, to be answered only within the desk's limits (semantics 21; reliability c4, c5).

    An address that our mail server does not vouch for may be anybody's: it gets less.
    """
    if not reading.verdict.may_answer:
        return reading
    rules = post.office.newest(reading.stored.desk).policy.notifications
    proven = reading.verdict.authenticated is not False
    of_sender = [] if proven else [rate(text) for text in rules.limit_unproven]
    may = await claim_answer(
        post.letters.pool, reading.written, rate(rules.limit_per_desk), of_sender
    )
    return replace(reading, verdict=replace(reading.verdict, may_answer=may))


async def carry_out(
    post: Post,
    reading: Reading,
    submission: Submission[C, S],
    outcome_of: Callable[[Sequence[Event]], Decision],
    files: Files | None = None,
) -> None:
    """Append the effect together with the outcome. Raises Refused, Conflict, NotYet.

    files: kept once it is known that nothing refuses; a refusal keeps nothing.
    """
    store = post.doors.store
    history = () if submission.new else await store.load(submission.stream)
    events = decide(submission, History.of(history)).events
    decision = outcome_of(events)
    if not events:
        await post.letters.decide(reading.stored.id, decision, post.now())
        return
    if files is not None:
        await post.doors.data.keep_files(*files)
    row = decided(reading.stored.id, decision, post.now())
    await failpoint("mail.before_effect")
    rows = (*submission.rows, row)
    appended = await handle(store, replace(submission, expected=len(history), rows=rows))
    await failpoint("mail.after_effect")
    if appended.replayed:
        await post.letters.decide(reading.stored.id, decision, post.now())
