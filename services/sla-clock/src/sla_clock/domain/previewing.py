"""A preview's made-up events as facts: built as events, then read as real ones are.

The events are the ticket's own types, with as much data as matters; the rest is filled in.
Besides them `PolicySwapped {targets, start?: change}` puts other targets in place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from pydantic import ValidationError

from reglament.events import escalations, notifications, tickets
from reglament.events.registry import Actor, ContentRef, Event, by_name
from reglament.events.topics import TICKET_TOPICS
from reglament.policy import model
from reglament.policy.durations import BusinessDays
from sla_clock.domain.facts import Fact, TargetsSwapped, in_order
from sla_clock.domain.planning import target_of
from sla_clock.domain.reading import read
from sla_clock.domain.target import Plan, Target, is_metric

SWAP = "PolicySwapped"
_CONTENT = ContentRef(id="preview", version=1, digest="")
_FILLED: Mapping[str, Any] = {
    "channel": "web",
    "requester": "preview",
    "content": _CONTENT,
    "priority": "normal",
    "previous": "normal",
    "message": "preview",
    "visibility": "public",
    "author_kind": "engineer",
    "items": (),
    "because": "registered",
    "reason": "preview",
    "purpose": "answer",
    "engineer": "preview",
    "level": "preview",
    "template": "preview",
    "to": "requester",
    "message_id": "preview",
    "effect": "preview",
    "into": "preview",
    "absorbed": "preview",
    "children": (),
    "credentials": "preview",
    "minutes": 0,
    "score": 5,
    "rank": 0,
    "from_level": "preview",
    "to_level": "preview",
    "cause": "request",
}
# Where the same field has other values in another event.
_FILLED_IN: Mapping[str, Mapping[str, Any]] = {
    "Assigned": {"because": "assignment"},
    "TicketReopened": {"reason": "agent"},
    "DeliveryReported": {"status": "delivered"},
    "CredentialsErased": {"because": "closed"},
    "Dequeued": {"because": "ended"},
    "TicketLinked": {"kind": "related"},
}


def previewed(
    ticket: Mapping[str, Any], plan: Plan, events: Sequence[Mapping[str, Any]]
) -> tuple[Fact, ...]:
    """The facts of events {type, at, data?}, in order of happening, recorded as they happen.

    ticket: what TicketOpened says where its data does not: priority, category, channel,
    service_level, targets. ValueError names the event by its index and what is wrong.
    """
    return in_order(
        fact
        for index, event in enumerate(events)
        for fact in _facts(ticket, plan, event, f"events[{index}]")
    )


def _facts(
    ticket: Mapping[str, Any], plan: Plan, imagined: Mapping[str, Any], key: str
) -> Iterable[Fact]:
    name, at = imagined["type"], imagined["at"].astimezone(UTC)
    data = imagined.get("data") or {}
    if name == SWAP:
        return (_swapped(plan, at, data, key),)
    entry = by_name(name)
    if entry is None or entry.topic not in TICKET_TOPICS:
        raise ValueError(f"{key}.type: {name!r} is no event of a ticket")
    event = _event(entry.cls, {"at": at, **data}, ticket, key)
    for index, own in enumerate(getattr(event, "targets", ())):
        said = {name: value for name, value in msgspec.structs.asdict(own).items() if value}
        _target(plan, said, f"{key}.data.targets[{index}]")  # a contract's is refused as a policy's
    return read(event, at, key)


def _event(cls: type[Event], data: Mapping[str, Any], ticket: Mapping[str, Any], key: str) -> Event:
    names = {field.name for field in msgspec.structs.fields(cls)}
    unknown = sorted(set(data) - names)
    if unknown:
        raise ValueError(f"{key}.data: {unknown[0]!r} is none of its fields")
    own = ticket if issubclass(cls, tickets.Request) else {}
    filled = {**_FILLED, **_FILLED_IN.get(cls.__name__, {}), **_author(data)}
    said = {"actor": _actor(cls, data), **filled, **_since(cls, data), **own, **data}
    values = {name: value for name, value in said.items() if name in names}
    try:
        return _in_utc(msgspec.convert(values, cls, from_attributes=True))
    except msgspec.ValidationError as fault:
        raise ValueError(f"{key}.data: {fault}") from fault


def _in_utc(event: Event) -> Event:
    """Its times as ours are; ValueError for one without an offset."""
    times = {
        name: value
        for name, value in msgspec.structs.asdict(event).items()
        if isinstance(value, datetime)
    }
    for name, value in times.items():
        if value.tzinfo is None:
            raise msgspec.ValidationError(f"{name}: {value.isoformat()} has no UTC offset")
    changed: dict[str, Any] = {name: value.astimezone(UTC) for name, value in times.items()}
    return msgspec.structs.replace(event, **changed)


def _since(cls: type[Event], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who queues waits since then."""
    return {"waiting_since": data["at"]} if issubclass(cls, escalations.Queued) else {}


def _author(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message of which only the actor is said is the actor's."""
    actor = data.get("actor")
    return {"author_kind": actor["kind"]} if isinstance(actor, Mapping) and "kind" in actor else {}


def _actor(cls: type[Event], data: Mapping[str, Any]) -> Actor:
    """An engineer; but a question of which nobody says who asked it pauses, and answers nobody."""
    is_automatic = issubclass(cls, notifications.NotificationSent | tickets.InfoRequested)
    is_theirs = data.get("author_kind") == "requester"
    return Actor(kind="system" if is_automatic or is_theirs else "engineer", id="preview")


def _swapped(plan: Plan, at: datetime, data: Mapping[str, Any], key: str) -> TargetsSwapped:
    """Targets {metric, within, calendar?, …} in place of all that held; none: no promise."""
    start = data.get("start")
    if start not in {None, "change"}:
        raise ValueError(f"{key}.data.start: {start!r} is not change")
    written = data.get("targets", ())
    if not isinstance(written, Sequence) or not all(isinstance(one, Mapping) for one in written):
        raise ValueError(f"{key}.data.targets: a list of targets is needed")
    return TargetsSwapped(
        at=at,
        recorded_at=at,
        targets=tuple(
            _target(plan, one, f"{key}.data.targets[{index}]") for index, one in enumerate(written)
        ),
        from_change=start == "change",
    )


def _target(plan: Plan, written: Mapping[str, Any], key: str) -> Target:
    """A target as in a policy; what it leaves out is as the policy's of that metric has it."""
    metric = str(written.get("metric"))
    if not is_metric(metric):
        raise ValueError(f"{key}: {metric!r} is no metric")
    base = next((target for target in plan.targets if target.metric == metric), None)
    default = base.calendar_name if base else next(iter(plan.calendars), None)
    asked = _asked({"calendar": default, **written}, key)
    if asked.calendar not in plan.calendars:
        raise ValueError(f"{key}: {asked.calendar!r} is no calendar of the policy")
    target = target_of(asked, plan.calendars)
    if base is None:
        return target
    return replace(
        target,
        by_end_of_day=(target.by_end_of_day if "by" in written else base.by_end_of_day)
        and isinstance(target.within, BusinessDays),
        pauses=target.pauses if "pauses" in written else base.pauses,
        at_risk=target.at_risk if "at_risk" in written else base.at_risk,
        offsets=target.offsets if "offsets" in written else base.offsets,
    )


def _asked(written: Mapping[str, Any], key: str) -> model.Target:
    try:
        return model.Target.model_validate(written)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in (key, *first["loc"]))
        raise ValueError(f"{place}: {first['msg']}") from fault
