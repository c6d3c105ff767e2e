"""Which letters an event calls for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notifier.domain.arrivals import refusal
from notifier.domain.letter import Known, Letter
from notifier.domain.letters import letters_for
from notifier.domain.ticket import Ticket, evolve
from reglament.events import credentials, escalations, relations, tickets
from reglament.events.registry import Actor, ContentRef, Event
from reglament.policy.model import Policy
from reglament.testing import AT, SYSTEM, envelopes

CONTENT = ContentRef(id="c", version=1, digest="-")
ANNA = Actor(kind="engineer", id="anna")
TICKET = Ticket(number="N-1", requester="r", content=CONTENT, priority="normal")


def policy(*extras: str) -> Policy:
    return Policy.model_validate(
        {
            "desk": "north",
            "name": "North",
            "time_zone": "Europe/Moscow",
            "number": "N-{sequence}",
            "calendars": {"always": {"hours": "24x7"}},
            "channels": {"web": {"accept": "always"}},
            "notifications": {"on": extras},
        }
    )


def letters(event: Event, *extras: str) -> list[Letter]:
    (envelope,) = envelopes("ticket-1", event)
    return letters_for(Known(envelope=envelope, ticket=TICKET, policy=policy(*extras)))


def one(event: Event, *extras: str) -> Letter:
    (letter,) = letters(event, *extras)
    return letter


def message(**more: Any) -> tickets.MessageAdded:
    said: dict[str, Any] = {
        "message": "m",
        "visibility": "public",
        "author_kind": "engineer",
        "channel": "web",
        "content": CONTENT,
    }
    return tickets.MessageAdded(at=AT, actor=ANNA, **{**said, **more})


@pytest.mark.rule("WIS-04")
def test_an_opened_ticket_is_confirmed_automatically() -> None:
    opened = tickets.TicketOpened(
        at=AT, actor=SYSTEM, channel="web", requester="r", content=CONTENT, priority="low"
    )
    letter = one(opened)
    assert (letter.template, letter.recipient) == ("confirmation", "r")
    assert letter.automatic == "auto-replied"


@pytest.mark.rule("WIS-06")
def test_a_returned_request_is_told_every_broken_rule() -> None:
    broken = tickets.BrokenRule(rule="field-missing", field="fields.inn")
    returned = tickets.TicketReturned(
        at=AT,
        actor=SYSTEM,
        channel="web",
        requester="r",
        content=CONTENT,
        priority="low",
        violations=(broken,),
    )
    assert one(returned).values["violations"] == [
        {"rule": "field-missing", "field": "fields.inn", "detail": None}
    ]


def test_an_engineers_public_answer_is_mailed_as_his_own_words() -> None:
    letter = one(message())
    assert letter.automatic is None
    assert not letter.answers_update  # the answer itself is the news
    assert letter.content == CONTENT


@pytest.mark.parametrize(
    "event",
    [
        message(visibility="internal"),
        message(author_kind="requester"),
        message(author_kind="integrator"),
        message(automatic=True),
    ],
    ids=["internal note", "requester's own", "integrator's", "automatic"],
)
def test_no_other_message_is_mailed(event: Event) -> None:
    assert letters(event) == []


@pytest.mark.rule("EIL-14")
def test_a_changed_schedule_tells_both_dates_and_the_reason() -> None:
    changed = tickets.ScheduleChanged(
        at=AT,
        actor=ANNA,
        due_at=AT + timedelta(days=2),
        previous_due_at=AT,
        reason="deep_diagnosis",
    )
    values = one(changed).values
    assert values["reason"] == "deep_diagnosis"
    assert values["previous_due_at"] == AT.isoformat()


@pytest.mark.rule("WIS-16")
def test_the_beginning_of_work_is_told_where_the_desk_wants_it() -> None:
    assigned = escalations.Assigned(at=AT, actor=ANNA, engineer="anna", level="L1", because="claim")
    assert letters(assigned) == []
    assert one(assigned, "assigned").template == "assigned"
    assert one(assigned, "status").template == "status"
    assert one(assigned, "assigned", "status").template == "assigned"


@pytest.mark.rule("MIC-04")
def test_registering_that_is_accepting_is_told_once() -> None:
    at_once = tickets.TicketAccepted(at=AT, actor=SYSTEM, because="registered")
    later = tickets.TicketAccepted(at=AT, actor=SYSTEM, because="delivered")
    assert letters(at_once, "status") == []
    assert one(later, "status").values == {"status": "accepted"}


@pytest.mark.rule("REM-15")
def test_a_changed_priority_is_told_where_the_desk_wants_it() -> None:
    changed = tickets.PriorityChanged(at=AT, actor=ANNA, priority="low", previous="high")
    assert letters(changed) == []
    assert one(changed, "priority_changed").values == {"priority": "low", "previous": "high"}


def test_an_escalation_goes_to_each_engineer_named_once() -> None:
    escalated = escalations.Escalated(
        at=AT,
        actor=SYSTEM,
        from_level="L1",
        to_level="L2",
        cause="request",
        notify=("anna", "boris"),
    )
    found = letters(escalated)
    assert [letter.recipient for letter in found] == ["anna", "boris"]
    assert {letter.to for letter in found} == {"engineer"}
    assert len({letter.effect for letter in found}) == 2


def test_a_refused_letter_is_answered_in_its_thread() -> None:
    refused = tickets.LetterRefused(
        at=AT,
        actor=SYSTEM,
        requester="r",
        kind="not-entitled",
        violations=(tickets.BrokenRule(rule="customer-unknown"),),
        message_id="<a@b>",
    )
    (envelope,) = envelopes("letter-1", refused)
    letter = refusal(envelope, refused)
    assert (letter.template, letter.answers) == ("letter_refused", "<a@b>")


@pytest.mark.rule("MIC-04")
def test_the_answer_that_ends_a_waiting_is_a_change_of_status() -> None:
    asked = tickets.InfoRequested(at=AT, actor=ANNA, items=("version",))
    answer = message(author_kind="requester", message="m-1")
    later = message(author_kind="requester", message="m-2")
    ticket: Ticket | None = TICKET
    for event in (asked, answer, later):
        ticket = evolve(ticket, event)
    assert ticket is not None
    found = []
    for envelope in envelopes("ticket-1", answer, later):
        known = Known(envelope=envelope, ticket=ticket, policy=policy("status"))
        found.append([letter.template for letter in letters_for(known)])
    assert found == [["status"], []]


@pytest.mark.parametrize(
    ("assigned", "status"), [(True, "in_progress"), (False, "accepted")], ids=["taken", "nobody's"]
)
def test_what_was_asked_for_brings_the_ticket_back_to_where_it_was(
    assigned: bool, status: str
) -> None:
    (envelope,) = envelopes("ticket-1", tickets.InfoProvided(at=AT, actor=SYSTEM))
    known = Known(envelope=envelope, ticket=TICKET, policy=policy("status"), assigned=assigned)
    (letter,) = letters_for(known)
    assert letter.values == {"status": status}


def test_the_thread_keeps_its_root_and_the_newest_letters() -> None:
    ticket: Ticket | None = TICKET
    for number in range(30):
        event = message(author_kind="requester", message_id=f"<{number}@x>")
        ticket = evolve(ticket, event)
    assert ticket is not None
    assert len(ticket.heard) == 20
    assert (ticket.heard[0], ticket.heard[-1]) == ("<0@x>", "<29@x>")


@pytest.mark.rule("WIS-05")
def test_a_part_that_was_split_off_has_its_own_confirmation_that_says_so() -> None:
    opened = tickets.TicketOpened(
        at=AT,
        actor=ANNA,
        channel="email",
        requester="r",
        content=CONTENT,
        priority="low",
        split_from="ticket-0",
    )
    letter = one(opened)
    assert (letter.template, letter.values["related"]) == ("confirmation", "ticket-0")


def test_the_client_is_told_under_which_number_a_merged_request_goes_on() -> None:
    letter = one(relations.TicketMerged(at=AT, actor=ANNA, into="ticket-2"))
    assert (letter.template, letter.values) == ("merged", {"related": "ticket-2"})


@pytest.mark.rule("WIS-14")
def test_what_was_lent_is_to_be_changed_once_the_ticket_has_ended() -> None:
    def erased(because: Any) -> Event:
        return credentials.CredentialsErased(at=AT, actor=SYSTEM, credentials="c", because=because)

    letter = one(erased("closed"), "access_erased")
    assert (letter.template, letter.recipient) == ("access_erased", "r")
    assert letters(erased("closed")) == []
    for because in ("replaced", "withdrawn", "erased"):
        assert letters(erased(because), "access_erased") == []


@pytest.mark.rule("WIS-15")
def test_an_engineer_is_told_of_the_ticket_that_a_strangers_letter_named() -> None:
    assigned = escalations.Assigned(at=AT, actor=ANNA, engineer="anna", level="L1", because="claim")
    opened = tickets.TicketOpened(
        at=AT,
        actor=SYSTEM,
        channel="email",
        requester="r",
        content=CONTENT,
        priority="low",
        maybe_related="ticket-0",
    )
    (envelope,) = envelopes("ticket-1", assigned)
    ticket = evolve(None, opened)
    assert ticket is not None
    known = Known(envelope=envelope, ticket=ticket, policy=policy("assigned"))
    begun, letter = letters_for(known)
    assert (begun.template, begun.to) == ("assigned", "requester")
    assert (letter.to, letter.recipient) == ("engineer", "anna")
    assert (letter.template, letter.values["related"]) == ("maybe_related", "ticket-0")
    other = replace(known, ticket=replace(ticket, maybe_related=None))
    assert [each.template for each in letters_for(other)] == ["assigned"]
