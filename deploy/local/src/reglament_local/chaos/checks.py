"""Holds the evidence of a run against what was promised: pure, every fault named."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from reglament.events.envelope import GENESIS, Envelope, chained
from reglament.events.registry import by_name
from reglament.events.topics import COMPACTED, KEPT, TICKET_TOPICS
from reglament_local.chaos.evidence import Evidence, Finding, Line
from reglament_local.chaos.journal import Answered

BEGINNINGS = frozenset(("TicketOpened", "TicketReturned"))
MADE_A_TICKET = frozenset(("ticket", "returned"))
Findings = Iterator[Finding]


def findings(evidence: Evidence) -> list[Finding]:
    """All that is wrong, worst first; nothing: every promise was kept."""
    return [found for check in CHECKS for found in check(evidence)]


def answers(evidence: Evidence) -> Findings:
    """What was answered is in the store once; what was refused is not; all was answered."""
    for identifier, what in evidence.unanswered.items():
        yield Finding(kind="hung", what=f"{identifier} was never answered: {what}")
    roots: defaultdict[str, list[Envelope]] = defaultdict(list)
    ends: Counter[Line] = Counter()
    for envelope in evidence.store:
        line = (envelope.source, envelope.subject)
        ends[line] = max(ends[line], envelope.sequence)
        if envelope.causation_id is None and envelope.correlation_id:
            roots[envelope.correlation_id].append(envelope)
    for answered in evidence.answered:
        yield from _effect_of(answered, roots[answered.id])
        if answered.version > ends[answered.source, answered.ticket]:
            yield Finding(kind="lost", what=f"{answered} is ahead of the store")
    yield from _nobody_asked(evidence)


def _effect_of(answered: Answered, roots: Sequence[Envelope]) -> Findings:
    wanted = answered.what.removesuffix("?")
    types = BEGINNINGS if wanted in BEGINNINGS else {wanted}
    made = sum(1 for root in roots if root.type in types and root.source == answered.source)
    least = 0 if answered.what.endswith("?") or not wanted else 1
    if answered.is_acknowledged and made < least:
        yield Finding(kind="lost", what=f"{answered} is not in the store")
    if not answered.is_acknowledged and made:
        yield Finding(kind="doubled", what=f"{answered} was refused and is in the store")
    if made > 1:
        yield Finding(kind="doubled", what=f"{answered} is in the store {made} times")


def _nobody_asked(evidence: Evidence) -> Findings:
    asked = {one.ticket for one in evidence.answered if one.is_acknowledged}
    asked |= {one.ticket or "" for one in evidence.letters_in if one.outcome in MADE_A_TICKET}
    for envelope in evidence.store:
        if envelope.type in BEGINNINGS and envelope.subject not in asked:
            yield Finding(kind="doubled", what=f"nobody asked for ticket {envelope.subject}")


def streams(evidence: Evidence) -> Findings:
    """Each stream is 1..n, each event chained to the one before."""
    last: dict[Line, Envelope] = {}
    for envelope in evidence.store:
        line = (envelope.source, envelope.subject)
        before = last.get(line)
        expected = 1 if before is None else before.sequence + 1
        if envelope.sequence > expected:
            yield Finding(
                kind="lost", what=f"{_said(envelope)} follows {expected - 1} in the store"
            )
        elif envelope.sequence < expected:
            yield Finding(kind="order", what=f"{_said(envelope)} stands behind {expected - 1}")
        elif envelope.hash != chained(envelope, before.hash if before else GENESIS).hash:
            yield Finding(kind="order", what=f"{_said(envelope)} does not continue its chain")
        last[line] = envelope


def on_topics(evidence: Evidence) -> Findings:
    """What is stored is on its topic, what is there is stored; each line's first times in order."""
    stored = {envelope.id: envelope for envelope in evidence.store}
    sent: set[str] = set()
    for topic in KEPT:
        last: Counter[Line] = Counter()
        for envelope in evidence.topics.get(topic, ()):
            sent.add(envelope.id)
            line = (envelope.source, envelope.subject)
            if envelope.id not in stored:
                yield Finding(kind="lost", what=f"{_said(envelope)} is on {topic}, not stored")
            if envelope.sequence > last[line] + 1:
                yield Finding(
                    kind="order", what=f"{_said(envelope)} follows {last[line]} on {topic}"
                )
            last[line] = max(last[line], envelope.sequence)
    for envelope in evidence.store:
        if _topic(envelope) in KEPT and envelope.id not in sent:
            yield Finding(kind="lost", what=f"{_said(envelope)} is stored, not on its topic")
    for what in evidence.unreadable:
        yield Finding(kind="lost", what=f"unreadable: {what}")


def newest_states(evidence: Evidence) -> Findings:
    """Compacted topics end with the state that the store has."""
    stored = {(_topic(each), each.subject): each.id for each in evidence.store}
    sent = {
        (topic, each.subject): each.id
        for topic in COMPACTED
        for each in evidence.topics.get(topic, ())
    }
    for line, identifier in stored.items():
        if line[0] in COMPACTED and sent.get(line) != identifier:
            yield Finding(kind="lost", what=f"{line} on its topic is not the newest")
    for line, value in evidence.records.items():
        if evidence.sent_records.get(line) != value:
            yield Finding(kind="lost", what=f"record {line} on its topic is not the newest")


def inboxes(evidence: Evidence) -> Findings:
    """Every service has taken every event of the topics that it reads; nothing waits anywhere."""
    for service, topics in evidence.read_topics.items():
        ends: Counter[Line] = Counter()
        for topic in topics & set(KEPT):
            for envelope in evidence.topics.get(topic, ()):
                line = (envelope.source, envelope.subject)
                ends[line] = max(ends[line], envelope.sequence)
        for line, end in ends.items():
            taken = evidence.inboxes.get(service, {}).get(line, 0)
            if taken != end:
                yield Finding(kind="lost", what=f"{service} took {line} up to {taken}, not {end}")
    for name, count in evidence.waiting.items():
        if count:
            yield Finding(kind="waiting", what=f"{count} {name}")


def numbers(evidence: Evidence) -> Findings:
    """Each desk's numbers are 1..n, each once."""
    given: defaultdict[str, list[int]] = defaultdict(list)
    for envelope in evidence.store:
        if envelope.type in BEGINNINGS:
            number = str(_data(envelope)["number"])
            given[envelope.desk].append(int(number.rpartition("-")[2]))
    for desk, found in given.items():
        repeated = [number for number, count in Counter(found).items() if count > 1]
        missing = sorted(set(range(1, max(found) + 1)) - set(found))
        if repeated:
            yield Finding(kind="numbers", what=f"{desk} gave {repeated} more than once")
        if missing:
            yield Finding(kind="numbers", what=f"{desk} never gave {missing}")


def effects(evidence: Evidence) -> Findings:
    """No event made the same effect twice; what can be only once in a ticket's life is so."""
    seen: Counter[tuple[str, ...]] = Counter()
    for envelope in evidence.store:
        if envelope.causation_id is not None and _topic(envelope) in TICKET_TOPICS:
            seen["caused", *_effect(envelope)] += 1
        if (key := ONCE.get(envelope.type)) is not None:
            seen["once", envelope.type, envelope.subject, key(_data(envelope))] += 1
    for what, count in seen.items():
        if count > 1:
            yield Finding(kind="doubled", what=f"{count} times {' '.join(what)}")


def _effect(envelope: Envelope) -> tuple[str, ...]:
    """What tells one effect of an event from another effect of the same event."""
    rest = {name: value for name, value in _data(envelope).items() if name not in UNLIKE}
    identity = msgspec.json.encode(rest, order="sorted").decode()
    return envelope.source, envelope.subject, envelope.type, str(envelope.causation_id), identity


UNLIKE = frozenset(("at", "elapsed_seconds"))
ONCE: dict[str, Callable[[dict[str, Any]], str]] = {
    "TicketOpened": lambda _: "",
    "ClockStarted": lambda data: f"{data['metric']}/{data.get('cycle', 1)}",
    "NotificationSent": lambda data: str(data["effect"]),
}


def letters(evidence: Evidence) -> Findings:
    """One outcome a letter in; a letter out that is said to be sent was, and to be confirmed."""
    by_id: defaultdict[str, list[Any]] = defaultdict(list)
    for letter in evidence.letters_in:
        by_id[letter.message_id].append(letter)
    effects = Counter(
        str(data["message_id"])
        for envelope in evidence.store
        if envelope.source == "/reglament/intake"
        and (data := _data(envelope)).get("message_id")
        and envelope.type in WRITTEN
    )
    for posted in evidence.posted:
        kept = [one for one in by_id[posted.message_id] if one.outcome != "duplicate"]
        if len(kept) != 1 or kept[0].outcome is None:
            kind = "lost" if len(kept) < 2 else "doubled"
            yield Finding(kind=kind, what=f"letter {posted.message_id} became {kept}")
        elif posted.ticket and (kept[0].outcome, kept[0].ticket) != ("message", posted.ticket):
            yield Finding(kind="lost", what=f"reply {posted} became {kept[0]}")
        elif kept[0].outcome in {"ticket", "message"} and effects[posted.message_id] != 1:
            times = effects[posted.message_id]
            kind = "lost" if times == 0 else "doubled"
            yield Finding(kind=kind, what=f"letter {posted.message_id} had {times} effects")
    yield from _sent(evidence)


def _sent(evidence: Evidence) -> Findings:
    confirmed: Counter[str] = Counter()
    for envelope in evidence.store:
        if envelope.type == "NotificationSent":
            data = _data(envelope)
            confirmed[envelope.subject] += data["template"] == "confirmation"
            if not evidence.mailboxes[data["message_id"]]:
                yield Finding(kind="lost", what=f"letter {data['message_id']} lies nowhere")
    for envelope in evidence.store:
        if envelope.type == "TicketOpened" and confirmed[envelope.subject] != 1:
            times = confirmed[envelope.subject]
            kind = "lost" if times == 0 else "doubled"
            yield Finding(kind=kind, what=f"ticket {envelope.subject} confirmed {times} times")
    for message_id in evidence.mailboxes:
        if message_id not in evidence.letters_out:
            yield Finding(kind="doubled", what=f"nobody wrote letter {message_id}")


def webhooks(evidence: Evidence) -> Findings:
    """A subscriber was told of each event that it asked for, and of no other."""
    desk, types = evidence.subscribed
    wanted = {one.id for one in evidence.store if one.desk == desk and one.type in types}
    for identifier in wanted - set(evidence.told):
        yield Finding(kind="lost", what=f"no webhook told of event {identifier}")
    for identifier in set(evidence.told) - wanted:
        yield Finding(kind="doubled", what=f"a webhook told of {identifier}, nobody asked for that")


WRITTEN = frozenset(("TicketOpened", "TicketReturned", "MessageAdded"))


def breaches(evidence: Evidence) -> Findings:
    """No breach before its time, none twice but after a correction."""
    standing: set[tuple[str, str, int]] = set()
    for envelope in evidence.store:
        if envelope.type not in {"ClockBreached", "ClockCorrected"}:
            continue
        data = _data(envelope)
        clock = (envelope.subject, str(data["metric"]), int(data.get("cycle", 1)))
        if envelope.type == "ClockCorrected":
            standing.discard(clock)
            continue
        if clock in standing:
            yield Finding(kind="clocks", what=f"{clock} was breached twice")
        if envelope.recorded_at < envelope.at:
            yield Finding(kind="clocks", what=f"{clock} was breached before its time")
        standing.add(clock)


def _data(envelope: Envelope) -> dict[str, Any]:
    return dict(msgspec.json.decode(envelope.data))


def _topic(envelope: Envelope) -> str:
    entry = by_name(envelope.type)
    return entry.topic if entry else ""


def _said(envelope: Envelope) -> str:
    return f"{envelope.type} {envelope.source} {envelope.subject} {envelope.sequence}"


CHECKS: tuple[Callable[[Evidence], Findings], ...] = (
    answers,
    streams,
    on_topics,
    newest_states,
    inboxes,
    numbers,
    effects,
    letters,
    webhooks,
    breaches,
)
