"""Events of the other services as the clock's facts (semantics 9, 25)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from reglament.events import escalations, notifications, tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.target import OwnTarget, is_metric


def facts_of(envelopes: Iterable[Envelope]) -> tuple[f.Fact, ...]:
    """What a ticket's envelopes, of whatever topics, say to its clocks; in order of happening."""
    return f.in_order(
        fact
        for envelope in envelopes
        for fact in read(envelope.event, envelope.recorded_at, envelope.id)
    )


def read(event: Event, recorded_at: datetime, id: str = "") -> Iterator[f.Fact]:  # noqa: A002
    """The fact that an event is to a clock; none for events that no clock cares about."""
    at = event.at
    fact = _opening(event, recorded_at, id) or _change(event, recorded_at, id)
    simple = _simple(event)
    if fact is not None:
        yield fact
    elif simple is not None:
        yield simple(at=at, recorded_at=recorded_at, id=id)
    elif isinstance(event, tickets.InfoRequested):
        by_person = event.actor.kind == "engineer"
        yield f.InfoRequested(at=at, recorded_at=recorded_at, id=id, by_person=by_person)
    elif isinstance(event, tickets.TicketReopened):
        by_requester = event.reason == "requester"
        yield f.Reopened(at=at, recorded_at=recorded_at, id=id, by_requester=by_requester)


_ALWAYS: dict[type[Event], type[f.Fact]] = {
    tickets.TicketAccepted: f.Accepted,
    tickets.AcceptanceWithdrawn: f.AcceptanceWithdrawn,
    tickets.TicketRefused: f.Refused,
    tickets.InfoProvided: f.RequesterWrote,
    tickets.TicketDeferred: f.Deferred,
    tickets.TicketResumed: f.Resumed,
    tickets.Resolved: f.Resolved,
    tickets.TicketClosed: f.Closed,
    escalations.Assigned: f.Assigned,
}


def _simple(event: Event) -> type[f.Fact] | None:
    """The fact without particulars that the event is."""
    match event:
        case tickets.MessageAdded():
            return _written(event)
        case tickets.CallbackLogged():
            return f.DeskAnswered if event.purpose == "answer" else None
        case notifications.NotificationSent():
            is_news = event.to == "requester" and event.answers_update
            return f.StatusLetterSent if is_news else None
        case _:
            return _ALWAYS.get(type(event))


def _written(message: tickets.MessageAdded) -> type[f.Fact] | None:
    """Automatic letters, internal notes, integrators' keys and bots never count."""
    if message.visibility != "public" or message.automatic:
        return None
    if message.author_kind == "requester":
        return f.RequesterWrote
    return f.DeskAnswered if message.author_kind == "engineer" else None


def _opening(event: Event, recorded_at: datetime, id: str) -> f.Fact | None:  # noqa: A002
    if not isinstance(event, tickets.TicketOpened):
        return None
    return f.Opened(
        at=event.at,
        recorded_at=recorded_at,
        id=id,
        priority=event.priority,
        category=event.category,
        channel=event.channel,
        service_level=event.service_level,
        own_targets=own_targets(event.targets),
        original_at=event.original_at,
    )


def _change(event: Event, recorded_at: datetime, id: str) -> f.Fact | None:  # noqa: A002
    at = event.at
    match event:
        case tickets.PriorityChanged(priority=priority):
            return f.PriorityChanged(at=at, recorded_at=recorded_at, id=id, priority=priority)
        case tickets.CategoryChanged(category=category):
            return f.CategoryChanged(at=at, recorded_at=recorded_at, id=id, category=category)
        case tickets.ServiceLevelAssigned(service_level=level, targets=targets):
            return f.ServiceLevelAssigned(
                at=at,
                recorded_at=recorded_at,
                id=id,
                service_level=level,
                own_targets=own_targets(targets),
            )
        case tickets.ScheduleChanged(due_at=due_at):
            return f.ScheduleChanged(at=at, recorded_at=recorded_at, id=id, due_at=due_at)
        case _:
            return None


def own_targets(written: Iterable[tickets.OwnTarget]) -> tuple[OwnTarget, ...]:
    """A contract's targets as the domain's; one about a metric of a later release is left out."""
    return tuple(
        OwnTarget(
            metric=target.metric,
            within=target.within,
            calendar=target.calendar,
            expect=target.expect,
            priority=target.priority,
        )
        for target in written
        if is_metric(target.metric)
    )
