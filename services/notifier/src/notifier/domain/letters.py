"""Which letters an event calls for: one visible table (contract, notifier)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from notifier.domain.ticket import Ticket
from reglament.events import escalations, tickets
from reglament.events.envelope import Envelope
from reglament.events.notifications import Recipient
from reglament.events.registry import ContentRef, Event
from reglament.policy.model import Policy

Automatic = Literal["auto-replied", "auto-generated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to write. values: codes, times and names of fields, never anybody's words.

    effect: the same letter however often it is tried; content: the words it must wait for;
    automatic None: an engineer's own words; answers_update: news for the client (semantics 9).
    """

    template: str
    to: Recipient = "requester"
    recipient: str
    effect: str
    automatic: Automatic | None = "auto-generated"
    answers_update: bool = False
    content: ContentRef | None = None
    answers: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a letter is decided on: the event, the ticket after it, the desk's policy.

    assigned: an engineer has the ticket.
    """

    envelope: Envelope
    ticket: Ticket
    policy: Policy
    assigned: bool = False

    def wants(self, name: str) -> bool:
        """Whether the desk sends such a letter (policy: notifications.on)."""
        return name in self.policy.notifications.on

    def letter(self, template: str, **more: Any) -> Letter:
        """A letter to the requester."""
        effect = f"{template}-{self.envelope.id}"
        more.setdefault("recipient", self.ticket.requester)
        return Letter(template=template, effect=effect, **more)


Writer = Callable[[Known, Any], list[Letter]]


def _violations(event: tickets.Request | tickets.LetterRefused) -> list[dict[str, str | None]]:
    return [
        {"rule": broken.rule, "field": broken.field, "detail": broken.detail}
        for broken in event.violations
    ]


def confirmation(known: Known, event: tickets.TicketOpened) -> list[Letter]:
    """WIS-04, MIC-03, EIL-05: with the number; a callback that was asked for is promised."""
    if event.unanswered:
        return []
    values = {"callback": event.callback}
    return [known.letter("confirmation", automatic="auto-replied", values=values)]


def returned(known: Known, event: tickets.TicketReturned) -> list[Letter]:
    """WIS-06: every violated rule, and what to add."""
    if event.unanswered:
        return []
    values = {"violations": _violations(event)}
    return [known.letter("returned", automatic="auto-replied", values=values)]


def duplicate(known: Known, event: tickets.DuplicateJoined) -> list[Letter]:
    """MIC-13: answered with the number that it joined."""
    if event.unanswered:
        return []
    answers = event.message_id
    return [known.letter("duplicate", automatic="auto-replied", answers=answers)]


def refused(known: Known, event: tickets.TicketRefused) -> list[Letter]:
    """WIS-02: the client is told which reason."""
    return [known.letter("refused", answers_update=True, values={"reason": event.reason})]


def information_asked(known: Known, event: tickets.InfoRequested) -> list[Letter]:
    """EIL-11: what is asked, and the engineer's own words where there are any."""
    values = {"items": list(event.items)}
    automatic = None if event.actor.kind == "engineer" else "auto-generated"
    return [
        known.letter(
            "information_asked",
            automatic=automatic,
            answers_update=True,
            content=event.content,
            values=values,
        )
    ]


def message(known: Known, event: tickets.MessageAdded) -> list[Letter]:
    """A public answer of the desk is mailed: it is the answer itself.

    A message of the requester's that ends the waiting is a change of status (semantics 25).
    """
    if event.author_kind == "requester" and event.message in known.ticket.resumed:
        return resumed(known, event)
    ours = event.visibility == "public" and event.author_kind == "engineer"
    if not ours or event.automatic:
        return []
    return [known.letter("message", automatic=None, answers_update=True, content=event.content)]


def schedule_changed(known: Known, event: tickets.ScheduleChanged) -> list[Letter]:
    """EIL-14: the old date, the new one, the reason."""
    previous = event.previous_due_at
    values = {
        "due_at": event.due_at.isoformat(),
        "previous_due_at": previous.isoformat() if previous else None,
        "reason": event.reason,
    }
    return [
        known.letter("schedule_changed", answers_update=True, content=event.content, values=values)
    ]


def deferred(known: Known, event: tickets.TicketDeferred) -> list[Letter]:
    """WIS-20: put off, why, and until when."""
    values = {"until": event.until.isoformat() if event.until else None, "reason": event.reason}
    return [known.letter("deferred", answers_update=True, content=event.content, values=values)]


def priority_changed(known: Known, event: tickets.PriorityChanged) -> list[Letter]:
    """REM-15: the client is told."""
    if not known.wants("priority_changed"):
        return []
    values = {"priority": event.priority, "previous": event.previous}
    return [known.letter("priority_changed", answers_update=True, values=values)]


def resolved(known: Known, event: tickets.Resolved) -> list[Letter]:
    """EIL-16, WIS-19: the answer, with its links."""
    values = {"links": list(event.links)}
    return [
        known.letter(
            "resolved", automatic=None, answers_update=True, content=event.content, values=values
        )
    ]


def closed(known: Known, event: tickets.TicketClosed) -> list[Letter]:
    """The end."""
    return [known.letter("closed", answers_update=True)]


def assigned(known: Known, event: escalations.Assigned) -> list[Letter]:
    """WIS-16: handling has begun."""
    if known.wants("assigned"):
        return [known.letter("assigned", answers_update=True)]
    return _status(known, "in_progress")


def escalated(
    known: Known, event: escalations.Escalated | escalations.EscalationExhausted
) -> list[Letter]:
    """To the engineers who are to know (REM-03)."""
    values: dict[str, Any] = {"metric": event.metric, "step": event.step}
    if isinstance(event, escalations.Escalated):
        template = "escalated"
        values |= {"from_level": event.from_level, "to_level": event.to_level}
    else:
        template = "exhausted"
        values |= {"from_level": event.level}
    values["priority"] = known.ticket.priority
    return [
        Letter(
            template=template,
            to="engineer",
            recipient=engineer,
            effect=f"escalated-{known.envelope.id}-{engineer}",
            values=values,
        )
        for engineer in event.notify
    ]


def _status(known: Known, status: str) -> list[Letter]:
    """MIC-04: every change of status that has no letter of its own."""
    if not known.wants("status"):
        return []
    return [known.letter("status", answers_update=True, values={"status": status})]


def accepted(known: Known, event: tickets.TicketAccepted) -> list[Letter]:
    """Where registering is accepting, the confirmation has said it already."""
    return [] if event.because == "registered" else _status(known, "accepted")


def resumed(known: Known, event: Event) -> list[Letter]:
    """What was waited for has come (semantics 25)."""
    return _status(known, "in_progress" if known.assigned else "accepted")


def in_progress(known: Known, event: Event) -> list[Letter]:
    """The ticket goes on."""
    return _status(known, "in_progress")


LETTERS: Mapping[type[Event], Writer] = {
    tickets.TicketOpened: confirmation,
    tickets.TicketReturned: returned,
    tickets.DuplicateJoined: duplicate,
    tickets.TicketAccepted: accepted,
    tickets.TicketRefused: refused,
    tickets.InfoRequested: information_asked,
    tickets.InfoProvided: resumed,
    tickets.MessageAdded: message,
    tickets.ScheduleChanged: schedule_changed,
    tickets.TicketDeferred: deferred,
    tickets.TicketResumed: in_progress,
    tickets.TicketReopened: in_progress,
    tickets.PriorityChanged: priority_changed,
    tickets.Resolved: resolved,
    tickets.TicketClosed: closed,
    escalations.Assigned: assigned,
    escalations.Escalated: escalated,
    escalations.EscalationExhausted: escalated,
}


def letters_for(known: Known) -> list[Letter]:
    """Every letter that the event calls for under the desk's policy."""
    writer = LETTERS.get(type(known.envelope.event))
    return [] if writer is None else writer(known, known.envelope.event)


def refusal(envelope: Envelope, event: tickets.LetterRefused) -> Letter:
    """A letter that registers nothing is answered (contract, topic letters)."""
    return Letter(
        template="letter_refused",
        recipient=event.requester,
        effect=f"letter_refused-{envelope.id}",
        automatic="auto-replied",
        answers=event.message_id,
        values={"kind": event.kind, "violations": _violations(event)},
    )
