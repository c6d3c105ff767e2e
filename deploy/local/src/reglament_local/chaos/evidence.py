"""What the house holds at the end of a run: streams, topics, inboxes, letters, mailboxes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reglament.events.envelope import Envelope
from reglament_local.chaos.journal import Answered, Posted

Line = tuple[str, str]  # source, subject


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterIn:
    """A letter as intake stored it, and what became of it (outcome None: nothing yet)."""

    message_id: str
    outcome: str | None
    ticket: str | None


@dataclass(slots=True, kw_only=True)
class Evidence:
    """store: every event in the order of its database; topics: of each topic, per partition in
    order, as often as it is there; inboxes: service -> how far it took each line;
    read_topics: service -> the topics that it consumes; waiting: what should be nothing, by name;
    letters_out: Message-ID -> state; mailboxes: how often each Message-ID lies in one;
    told: how often each event's id came by webhook; subscribed: desk and types that it is of;
    records: (topic, key) -> newest value, of the store and of Kafka.
    """

    answered: Sequence[Answered] = ()
    unanswered: Mapping[str, str] = field(default_factory=dict)
    posted: Sequence[Posted] = ()
    store: Sequence[Envelope] = ()
    topics: Mapping[str, Sequence[Envelope]] = field(default_factory=dict)
    unreadable: Sequence[str] = ()
    inboxes: Mapping[str, Mapping[Line, int]] = field(default_factory=dict)
    read_topics: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    letters_in: Sequence[LetterIn] = ()
    letters_out: Mapping[str, str] = field(default_factory=dict)
    mailboxes: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    subscribed: tuple[str, tuple[str, ...]] = ("", ())
    records: Mapping[Line, bytes] = field(default_factory=dict)
    sent_records: Mapping[Line, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that must not be. kind: lost, doubled, order, numbers, clocks, hung, waiting."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"
