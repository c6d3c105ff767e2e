"""Events of the other services as the clock's facts (semantics 9, 14, 25)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from reglament.events import escalations, notifications, relations, sla, tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.target import OwnTarget, editions_of, is_metric

# What an event becomes that says no more to a clock than that it happened.
_ALWAYS: Mapping[type[Event], type[f.Fact]] = MappingProxyType(
    {
        tickets.TicketAccepted: f.Accepted,
        tickets.AcceptanceWithdrawn: f.AcceptanceWithdrawn,
        tickets.TicketRefused: f.Refused,
        tickets.InfoProvided: f.RequesterWrote,
        tickets.TicketResumed: f.Resumed,
        tickets.TicketClosed: f.Closed,
        relations.TicketMerged: f.Merged,
        escalations.Assigned: f.Assigned,
    }
)


def facts_of(envelopes: Iterable[Envelope]) -> tuple[f.Fact, ...]:
    """What a ticket's envelopes, of whatever topics, say to its clocks; in order of happening."""
    return f.in_order(
        fact
        for envelope in envelopes
        for fact in read(envelope.event, envelope.recorded_at, envelope.id)
    )


def read(event: Event, recorded_at: datetime, id: str = "") -> Iterator[f.Fact]:  # noqa: A002
    """The fact that an event is to a clock; none for events that no clock cares about."""
    kind, said = _ALWAYS.get(type(event)), _NOTHING
    if kind is None and (particulars := _PARTICULARS.get(type(event))) is not None:
        kind, said = particulars(event)
    if kind is not None:
        yield kind(at=event.at, recorded_at=recorded_at, id=id, actor=event.actor, **said)


def _by_person(event: Event) -> bool:
    """Integrators' keys and bots never count as a person of the desk."""
    return event.actor.kind == "engineer"


def _is_answer(call: tickets.CallbackLogged) -> bool:
    return call.purpose == "answer" and _by_person(call)


def _written(message: tickets.MessageAdded) -> type[f.Fact] | None:
    """Automatic letters, internal notes, integrators' keys and bots never count."""
    if message.visibility != "public" or message.automatic:
        return None
    if message.author_kind == "requester":
        return f.RequesterWrote
    return f.DeskAnswered if message.author_kind == "engineer" else None


def _opening(event: tickets.TicketOpened) -> Mapping[str, Any]:
    return {
        "priority": event.priority,
        "category": event.category,
        "channel": event.channel,
        "service_level": event.service_level,
        "contract": event.contract,
        "own_targets": own_targets(event.targets),
        "original_at": event.original_at,
    }


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


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_Particulars = tuple[type[f.Fact] | None, Mapping[str, Any]]


def _level(event: tickets.ServiceLevelAssigned) -> _Particulars:
    said = {"service_level": event.service_level, "contract": event.contract}
    return f.ServiceLevelAssigned, {**said, "own_targets": own_targets(event.targets)}


def _migrated(event: sla.ClocksMigrated) -> Mapping[str, Any]:
    return {"version": event.version, "editions": editions_of(event.calendars or {})}


def _letter(event: notifications.NotificationSent) -> _Particulars:
    is_news = event.to == "requester" and event.answers_update
    return (f.StatusLetterSent if is_news else None), _NOTHING


# What an event becomes of which more than the time matters.
_PARTICULARS: Mapping[type[Event], Callable[[Any], _Particulars]] = MappingProxyType(
    {
        tickets.TicketOpened: lambda event: (f.Opened, _opening(event)),
        tickets.MessageAdded: lambda event: (_written(event), _NOTHING),
        tickets.CallbackLogged: lambda event: (
            f.DeskAnswered if _is_answer(event) else None,
            _NOTHING,
        ),
        tickets.InfoRequested: lambda event: (f.InfoRequested, {"by_person": _by_person(event)}),
        tickets.TicketDeferred: lambda event: (f.Deferred, {"why": event.reason}),
        tickets.Resolved: lambda event: (f.Resolved, {"by_person": _by_person(event)}),
        tickets.PriorityChanged: lambda event: (f.PriorityChanged, {"priority": event.priority}),
        tickets.CategoryChanged: lambda event: (f.CategoryChanged, {"category": event.category}),
        tickets.ServiceLevelAssigned: _level,
        tickets.ScheduleChanged: lambda event: (f.ScheduleChanged, {"due_at": event.due_at}),
        tickets.TicketReopened: lambda event: (
            f.Reopened,
            {"by_requester": event.reason == "requester"},
        ),
        relations.TicketAbsorbed: lambda event: (
            f.Absorbed,
            {"unanswered_since": event.waiting_since},
        ),
        notifications.NotificationSent: _letter,
        sla.ClocksMigrated: lambda event: (f.Migrated, _migrated(event)),
    }
)
