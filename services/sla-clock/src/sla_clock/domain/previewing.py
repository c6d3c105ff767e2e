"""A preview's made-up events as facts: built as events, then read as real ones are.

The events are the ticket's own types, with as much data as matters; the rest is filled in.
Besides them `PolicySwapped {targets, start?: change}` puts other targets in place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from reglament.events import notifications, tickets
from reglament.events.registry import Actor, ContentRef, Event, by_name
from reglament.events.topics import TICKET_TOPICS
from reglament.policy.durations import parse_duration
from sla_clock.domain.facts import Fact, TargetsSwapped, in_order
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
}
# Where the same field has other values in another event.
_FILLED_IN: Mapping[str, Mapping[str, Any]] = {
    "Assigned": {"because": "assignment"},
    "TicketReopened": {"reason": "agent"},
    "DeliveryReported": {"status": "delivered"},
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
    name, at, data = imagined["type"], imagined["at"], imagined.get("data") or {}
    if name == SWAP:
        return (_swapped(plan, at, data, key),)
    entry = by_name(name)
    if entry is None or entry.topic not in TICKET_TOPICS:
        raise ValueError(f"{key}.type: {name!r} is no event of a ticket")
    return read(_event(entry.cls, {"at": at, **data}, ticket, key), at, key)


def _event(cls: type[Event], data: Mapping[str, Any], ticket: Mapping[str, Any], key: str) -> Event:
    names = {field.name for field in msgspec.structs.fields(cls)}
    unknown = sorted(set(data) - names)
    if unknown:
        raise ValueError(f"{key}.data: {unknown[0]!r} is none of its fields")
    own = ticket if issubclass(cls, tickets.Request) else {}
    filled = {**_FILLED, **_FILLED_IN.get(cls.__name__, {})}
    said = {"actor": _actor(cls, data), **filled, **own, **data}
    values = {name: value for name, value in said.items() if name in names}
    try:
        return msgspec.convert(values, cls, from_attributes=True)
    except msgspec.ValidationError as fault:
        raise ValueError(f"{key}.data: {fault}") from fault


def _actor(cls: type[Event], data: Mapping[str, Any]) -> Actor:
    is_automatic = issubclass(cls, notifications.NotificationSent)
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
        targets=tuple(_target(plan, one, f"{key}.data.targets") for one in written),
        from_change=start == "change",
    )


def _target(plan: Plan, written: Mapping[str, Any], key: str) -> Target:
    """The plan's target of that metric with another budget; or a plain new one."""
    metric, within = str(written.get("metric")), str(written.get("within"))
    if not is_metric(metric):
        raise ValueError(f"{key}: {metric!r} is no metric")
    budget = parse_duration(within)
    base = next((target for target in plan.targets if target.metric == metric), None)
    default = base.calendar_name if base else next(iter(plan.calendars), None)
    name = str(written.get("calendar") or default)
    if name not in plan.calendars:
        raise ValueError(f"{key}: {name!r} is no calendar of the policy")
    blank = Target(
        metric=metric,
        within=budget,
        within_text=within,
        calendar=plan.calendars[name],
        calendar_name=name,
    )
    if base is None:
        return blank
    return replace(
        blank,
        by_end_of_day=base.by_end_of_day,
        pauses=base.pauses,
        at_risk=base.at_risk,
        offsets=base.offsets,
    )
