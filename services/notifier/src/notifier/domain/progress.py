"""The letters that tell how a ticket goes on, and whom its escalation concerns."""

from typing import Any

from notifier.domain.letter import Known, Letter
from reglament.events import credentials, escalations, relations, tickets
from reglament.events.registry import Event


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

    The answer is the client's news, its letter is not news once more (semantics 9, update).
    A message of the requester's that ends the waiting is a change of status (semantics 25).
    """
    if event.author_kind == "requester" and event.message in known.ticket.resumed:
        return resumed(known, event)
    ours = event.visibility == "public" and event.author_kind == "engineer"
    if not ours or event.automatic:
        return []
    return [known.letter("message", automatic=None, content=event.content)]


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


def merged(known: Known, event: relations.TicketMerged) -> list[Letter]:
    """Under which number it goes on (semantics 14)."""
    return [known.letter("merged", answers_update=True, values={"related": event.into})]


def access_erased(known: Known, event: credentials.CredentialsErased) -> list[Letter]:
    """WIS-14: with the ticket's end, what was lent is to be changed or switched off."""
    if event.because != "closed" or not known.wants("access_erased"):
        return []
    return [known.letter("access_erased")]


def assigned(known: Known, event: escalations.Assigned) -> list[Letter]:
    """WIS-16: handling has begun; and what the engineer has to know of where it came from."""
    begun = _status(known, "in_progress")
    if known.wants("assigned"):
        begun = [known.letter("assigned", answers_update=True)]
    return [*begun, *_maybe_related(known, event.engineer)]


def _maybe_related(known: Known, engineer: str) -> list[Letter]:
    """WIS-15: the letter named another ticket's number without having shown that it may."""
    if known.ticket.maybe_related is None:
        return []
    return [
        Letter(
            template="maybe_related",
            to="engineer",
            recipient=engineer,
            effect=f"maybe_related-{known.envelope.subject}-{engineer}",
            values={"related": known.ticket.maybe_related},
        )
    ]


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
