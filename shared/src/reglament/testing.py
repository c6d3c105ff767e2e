"""For tests: given/when/then of deciders, envelopes of any event, stores filled with them.

given(ticket_decider(policy), OPENED).when(Close(...)).then(TicketClosed(...))
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from reglament.decider import Decider, fold
from reglament.errors import Refused
from reglament.events import codec
from reglament.events.envelope import GENESIS, Envelope, chained
from reglament.events.registry import Actor, Event, by_class
from reglament.ids import new_id

C = TypeVar("C")
S = TypeVar("S")
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SYSTEM = Actor(kind="system", id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Generic[C, S]):
    """A stream in which these events have happened."""

    decider: Decider[C, S]
    events: tuple[Event, ...]

    @property
    def state(self) -> S:
        """The state that the events make."""
        return fold(self.decider, self.events)

    def when(self, command: C) -> "Outcome":
        """What the decider says to the command."""
        try:
            decided = tuple(self.decider.decide(command, self.state))
        except Refused as refusal:
            return Outcome(events=(), refusal=refusal)
        return Outcome(events=decided, refusal=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a command; each `then` fails with what came instead."""

    events: tuple[Event, ...]
    refusal: Refused | None

    def then(self, *expected: Event) -> None:
        """Exactly these events, in this order."""
        _expect(self.refusal is None, f"refused: {self.refusal!r}")
        _expect(self.events == expected, f"{_lines(self.events)}\ninstead of\n{_lines(expected)}")

    def then_types(self, *expected: type[Event]) -> tuple[Event, ...]:
        """Events of exactly these classes, in this order; gives them for a closer look."""
        _expect(self.refusal is None, f"refused: {self.refusal!r}")
        _expect(tuple(map(type, self.events)) == expected, _lines(self.events))
        return self.events

    def then_nothing(self) -> None:
        """Neither an event nor a refusal."""
        self.then()

    def then_refused(self, *codes: str, kind: str | None = None) -> Refused:
        """Refused, by exactly these rules where any are named; gives the refusal."""
        _expect(self.refusal is not None, f"not refused:\n{_lines(self.events)}")
        assert self.refusal is not None  # noqa: S101 - for the type checker
        found = tuple(violation.rule for violation in self.refusal.violations)
        _expect(not codes or set(found) == set(codes), f"refused by {found}, not by {codes}")
        _expect(kind in (None, self.refusal.kind), f"refused as {self.refusal.kind}, not {kind}")
        return self.refusal


def given(decider: Decider[C, S], *events: Event) -> Given[C, S]:
    """Start a sentence: these events have happened."""
    return Given(decider=decider, events=events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Of whom and of what the built envelopes are."""

    source: str = "/reglament/test"
    subject: str = "ticket-1"
    desk: str = "desk"
    policy_version: int | None = 1
    recorded_at: datetime = AT
    causation_id: str | None = None

    def about(self, subject: str, **changes: Any) -> "Author":
        """The same author on another subject."""
        return replace(self, subject=subject, **changes)

    def history(self, *events: Event, after: Envelope | None = None) -> tuple[Envelope, ...]:
        """Chained envelopes of a subject's events, from sequence 1 or after one of them."""
        sequence, previous = (after.sequence, after.hash) if after else (0, GENESIS)
        envelopes = []
        for event in events:
            sequence += 1
            envelopes.append(chained(self._envelope(event, sequence), previous))
            previous = envelopes[-1].hash
        return tuple(envelopes)

    def _envelope(self, event: Event, sequence: int) -> Envelope:
        entry = by_class(type(event))
        return Envelope(
            id=new_id(),
            source=self.source,
            type=entry.name,
            schema_version=entry.version,
            subject=self.subject,
            desk=self.desk,
            at=event.at,
            recorded_at=max(self.recorded_at, event.at),
            sequence=sequence,
            causation_id=self.causation_id,
            policy_version=self.policy_version,
            data=codec.encode(event),
            event=event,
        )


def envelopes(subject: str, *events: Event, **author: Any) -> tuple[Envelope, ...]:
    """Chained envelopes of one subject; `source`, `desk`, … as of `Author`."""
    return Author(subject=subject, **author).history(*events)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _lines(events: Sequence[Event]) -> str:
    return "\n".join(f"  {event!r}" for event in events) or "  nothing"
