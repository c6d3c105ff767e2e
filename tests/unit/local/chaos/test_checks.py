"""Each kind of loss is made, one at a time, and the checker names it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from reglament.events.envelope import Envelope
from reglament.events.topics import SLA, TICKETS
from reglament_local.chaos.checks import findings
from reglament_local.chaos.evidence import Evidence, LetterIn
from tests.unit.local.chaos.evidence import (
    AT,
    CLOCK,
    LETTER,
    PROMISE,
    QUEUED,
    REQUEST,
    Scribe,
    answered,
    good,
    told,
)

Harm = Callable[[Evidence], Evidence | None]


def place(evidence: Evidence, name: str, ticket: str = "t1") -> int:
    """Where in the store the event stands."""
    return next(
        number
        for number, each in enumerate(evidence.store)
        if each.type == name and each.subject == ticket
    )


def without(evidence: Evidence, name: str) -> list[Envelope]:
    return [each for each in evidence.store if (each.type, each.subject) != (name, "t1")]


def a_row_is_deleted(evidence: Evidence) -> None:
    evidence.store = without(evidence, "MessageAdded")


def a_row_in_the_middle_is_deleted(evidence: Evidence) -> None:
    evidence.store = without(evidence, "ClockStarted")


def rows_are_swapped(evidence: Evidence) -> None:
    store = list(evidence.store)
    one, other = place(evidence, "ClockStarted"), place(evidence, "ClockBreached")
    store[one], store[other] = store[other], store[one]
    evidence.store = store


def a_row_is_edited(evidence: Evidence) -> None:
    store = list(evidence.store)
    at = place(evidence, "MessageAdded")
    edited = store[at].data.replace(b"public", b"internal")
    store[at] = msgspec.structs.replace(store[at], data=edited)
    evidence.store = store


def an_answer_has_no_event(evidence: Evidence) -> None:
    evidence.answered = [*evidence.answered, answered("c0-9", "MessageAdded", version=2)]


def an_answer_is_ahead_of_the_store(evidence: Evidence) -> None:
    evidence.answered = [*evidence.answered, answered("c0-9", "", version=7)]


def a_refused_command_took_effect(evidence: Evidence) -> None:
    evidence.answered = [answered("c0-0", "TicketOpened"), answered("c0-1", "MessageAdded", 409)]


def a_command_was_never_answered(evidence: Evidence) -> None:
    evidence.unanswered = {"c0-7": "MessageAdded /tickets/t1/messages"}


def a_command_was_carried_out_twice(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    first = evidence.store[place(evidence, "MessageAdded")]
    data = dict(msgspec.json.decode(first.data))
    scribe.write("MessageAdded", "t1", data, correlation_id="c0-1")
    return told(scribe.written)


def a_ticket_that_nobody_asked_for(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    opened = scribe.write("TicketOpened", "t3", {**REQUEST, "number": "CHA-000003"})
    confirmed(scribe, opened)
    return with_letter(told(scribe.written), "t3")


def a_number_is_given_twice(evidence: Evidence) -> Evidence:
    return renumbered(evidence, "CHA-000001")


def a_number_is_left_out(evidence: Evidence) -> Evidence:
    return renumbered(evidence, "CHA-000003")


def an_event_is_not_in_kafka(evidence: Evidence) -> None:
    evidence.topics = {**evidence.topics, TICKETS: evidence.topics[TICKETS][:-1]}


def an_event_is_in_kafka_only(evidence: Evidence) -> None:
    evidence.store = [each for each in evidence.store if each.subject != "t2"]


def kafka_has_another_order(evidence: Evidence) -> None:
    evidence.topics = {**evidence.topics, SLA: evidence.topics[SLA][::-1]}


def a_record_cannot_be_read(evidence: Evidence) -> None:
    evidence.unreadable = ["reglament.tickets.v1/3/17 no key"]


def a_compacted_state_is_old(evidence: Evidence) -> None:
    evidence.sent_records = {("contacts", "r1"): b"0"}


def a_service_missed_an_event(evidence: Evidence) -> None:
    taken = dict(evidence.inboxes["notifier"])
    taken["/reglament/intake", "t1"] -= 1
    evidence.inboxes = {"notifier": taken}


def something_still_waits(evidence: Evidence) -> None:
    evidence.waiting = {"parked in notifier": 2}


def an_event_took_effect_twice(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    queued = evidence.store[place(evidence, "Queued")]
    scribe.write(
        "Queued",
        "t1",
        QUEUED,
        at=AT + timedelta(seconds=9),
        causation_id=queued.causation_id,
    )
    return told(scribe.written)


def a_clock_started_twice(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    scribe.write("ClockStarted", "t1", CLOCK | PROMISE, causation_id="another")
    return told(scribe.written)


def a_breach_came_early(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    other = {**CLOCK, "metric": "handling"}
    scribe.write("ClockStarted", "t1", other | PROMISE, causation_id="x")
    due = AT + timedelta(seconds=60)
    scribe.write(
        "ClockBreached",
        "t1",
        {"metric": "handling", "due_at": due},
        at=due,
        recorded_at=due - timedelta(seconds=1),
    )
    return told(scribe.written)


def a_breach_came_twice(evidence: Evidence) -> Evidence:
    scribe = again(evidence)
    due = AT + timedelta(seconds=6)
    scribe.write("ClockBreached", "t1", {"metric": "first_response", "due_at": due}, at=due)
    return told(scribe.written)


def a_letter_was_forgotten(evidence: Evidence) -> None:
    evidence.letters_in = []


def a_letter_has_no_outcome(evidence: Evidence) -> None:
    evidence.letters_in = [LetterIn(message_id=LETTER, outcome=None, ticket=None)]


def a_letter_became_two(evidence: Evidence) -> None:
    evidence.letters_in = [*evidence.letters_in, *evidence.letters_in]


def a_confirmation_lies_in_no_mailbox(evidence: Evidence) -> None:
    del evidence.mailboxes["<t1@chaos.example>"]


def a_ticket_was_not_confirmed(evidence: Evidence) -> Evidence:
    return told(without(evidence, "NotificationSent"))


def a_subscriber_was_not_told(evidence: Evidence) -> None:
    evidence.told.popitem()


def a_subscriber_was_told_of_what_never_was(evidence: Evidence) -> None:
    evidence.told["another"] += 1


def a_letter_that_nobody_wrote(evidence: Evidence) -> None:
    evidence.mailboxes["<t9@chaos.example>"] += 1


MADE: dict[Harm, str] = {
    a_row_is_deleted: "lost",
    a_row_in_the_middle_is_deleted: "lost",
    rows_are_swapped: "order",
    a_row_is_edited: "order",
    an_answer_has_no_event: "lost",
    an_answer_is_ahead_of_the_store: "lost",
    a_refused_command_took_effect: "doubled",
    a_command_was_never_answered: "hung",
    a_command_was_carried_out_twice: "doubled",
    a_ticket_that_nobody_asked_for: "doubled",
    a_number_is_given_twice: "numbers",
    a_number_is_left_out: "numbers",
    an_event_is_not_in_kafka: "lost",
    an_event_is_in_kafka_only: "lost",
    kafka_has_another_order: "order",
    a_record_cannot_be_read: "lost",
    a_compacted_state_is_old: "lost",
    a_service_missed_an_event: "lost",
    something_still_waits: "waiting",
    an_event_took_effect_twice: "doubled",
    a_clock_started_twice: "doubled",
    a_breach_came_early: "clocks",
    a_breach_came_twice: "clocks",
    a_letter_was_forgotten: "lost",
    a_letter_has_no_outcome: "lost",
    a_letter_became_two: "doubled",
    a_confirmation_lies_in_no_mailbox: "lost",
    a_ticket_was_not_confirmed: "lost",
    a_letter_that_nobody_wrote: "doubled",
    a_subscriber_was_not_told: "lost",
    a_subscriber_was_told_of_what_never_was: "doubled",
}


def again(evidence: Evidence) -> Scribe:
    """A scribe who has written all of it, and writes on."""
    scribe = Scribe()
    for each in evidence.store:
        scribe.go_on(each)
    return scribe


def confirmed(scribe: Scribe, opened: Envelope) -> None:
    sent = {
        "template": "confirmation",
        "to": "requester",
        "message_id": f"<{opened.subject}@chaos.example>",
        "effect": f"confirmation-{opened.id}",
    }
    scribe.write("NotificationSent", opened.subject, sent, causation_id=opened.id)


def with_letter(evidence: Evidence, ticket: str) -> Evidence:
    message_id = f"<{ticket}@chaos.example>"
    evidence.letters_out = {**evidence.letters_out, message_id: "sent"}
    evidence.mailboxes[message_id] += 1
    return evidence


def renumbered(evidence: Evidence, number: str) -> Evidence:
    """The second ticket has another number."""
    scribe = Scribe()
    for each in evidence.store:
        data: dict[str, Any] = dict(msgspec.json.decode(each.data))
        if each.type == "TicketOpened" and each.subject == "t2":
            data["number"] = number
        scribe.write(
            each.type,
            each.subject,
            data,
            at=each.at,
            causation_id=each.causation_id,
            correlation_id=each.correlation_id,
        )
    return told(scribe.written)


def test_where_all_is_right_nothing_is_found() -> None:
    assert findings(good()) == []


@pytest.mark.parametrize(
    ("harm", "kind"), [pytest.param(*each, id=each[0].__name__) for each in MADE.items()]
)
def test_what_was_harmed_is_named(harm: Harm, kind: str) -> None:
    evidence = good()
    harmed = harm(evidence) or evidence
    found = findings(harmed)
    assert kind in {each.kind for each in found}, found


def test_what_the_relay_sent_twice_is_no_loss() -> None:
    evidence = good()
    records = list(evidence.topics[SLA])
    evidence.topics = {**evidence.topics, SLA: [*records, *records]}
    assert findings(evidence) == []
