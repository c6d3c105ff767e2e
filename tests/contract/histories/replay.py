"""A recorded history through everything that reads one: projections, deciders, the judge."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

import escalation.domain.decider as escalating
import escalation.projections.queue as queues
import notifier.domain.decider as notifying
import notifier.projections.tickets as notified
from escalation.projections.facts import TicketFacts
from intake.domain.decider import ticket_decider
from intake.projections.history import HANDLES, History, envelope_of, recorded_order
from intake.projections.ticket_view import TicketView
from reglament.decider import Decider, fold
from reglament.events.envelope import Envelope
from reglament.instants import rfc3339
from reglament.policy.model import Policy
from reglament.projections import Projection, fold_rows
from sla_clock.audit import unsaid
from sla_clock.domain.clock import clocks
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.facts import Fact, in_order
from sla_clock.domain.planning import plan_of
from sla_clock.domain.reading import read
from sla_clock.projections.clocks import Clocks
from sla_clock.projections.ticket_events import TicketEvents

TIMES = ("at", "recorded_at")
FOLDER = Path(__file__).parent
READ_MODELS: Mapping[str, Projection] = {
    "intake.ticket_view": TicketView(),
    "sla-clock.clocks": Clocks(),
    "escalation.ticket_facts": TicketFacts(),
    "escalation.queue": queues.QueueRows(),
    "escalation.assignments": queues.Assignments(),
    "escalation.escalations": queues.Escalations(),
    "notifier.tickets": notified.Tickets(),
    "notifier.assignments": notified.Assignments(),
}
# A row an event, whose rows say no more than the events: they are read, and not kept.
COPIES: tuple[Projection, ...] = (History(), TicketEvents(HANDLES))


def envelopes_of(rows: Sequence[Mapping[str, Any]]) -> list[Envelope]:
    """In the order in which they were recorded, each read by today's code."""
    told = [{**row, **{name: datetime.fromisoformat(row[name]) for name in TIMES}} for row in rows]
    return [envelope_of(row) for row in recorded_order(told)]


def outcome(policy: Policy, version: int, history: Sequence[Envelope]) -> dict[str, Any]:
    """What today's code makes of a ticket's history; JSON-able."""
    for copy in COPIES:
        _rows(copy, history)
    found = {
        "read_models": {name: _rows(model, history) for name, model in READ_MODELS.items()},
        "states": _states(policy, version, history),
        **_judged(policy, version, history),
    }
    return dict(msgspec.json.decode(msgspec.json.encode(_with_plain_keys(found))))


def _with_plain_keys(value: Any) -> Any:
    """(metric, cycle) -> `metric/cycle`."""
    if isinstance(value, dict):
        return {
            "/".join(map(str, key)) if isinstance(key, tuple) else key: _with_plain_keys(part)
            for key, part in value.items()
        }
    return [_with_plain_keys(part) for part in value] if isinstance(value, list) else value


def _rows(projection: Projection, history: Sequence[Envelope]) -> dict[str, Any]:
    handles = frozenset(projection.handles)
    touched = [(one, projection.keys(one)) for one in history if type(one.event) in handles]
    return dict(fold_rows(projection, {}, touched))


def _states(policy: Policy, version: int, history: Sequence[Envelope]) -> dict[str, Any]:
    deciders: Mapping[str, Decider[Any, Any]] = {
        "intake": ticket_decider(policy),
        "sla-clock": clock_decider(plan_of(policy, version)),
        "escalation": escalating.ticket_decider(policy),
        "notifier": notifying.decider(),
    }
    return {
        service: msgspec.to_builtins(
            fold(decider, [one.event for one in history if one.source.endswith(f"/{service}")]),
            order="deterministic",
        )
        for service, decider in deciders.items()
    }


def _judged(policy: Policy, version: int, history: Sequence[Envelope]) -> dict[str, Any]:
    """The clocks as of the last event, and what would have to be said of them, which is nothing."""
    plan = plan_of(policy, version)
    facts: list[Fact] = []
    for one in history:
        facts.extend(read(one.event, one.recorded_at, one.id))
    told, as_of = in_order(facts), max(one.at for one in history)
    said = [one.event for one in history if one.source.endswith("/sla-clock")]
    return {
        "clocks": [
            {
                "metric": each.target.metric,
                "cycle": each.cycle.number,
                "state": each.state,
                "due_at": rfc3339(each.due_at) if each.due_at else None,
                "met_at": rfc3339(each.met_at) if each.met_at else None,
            }
            for each in clocks(told, plan, as_of)
        ],
        "unsaid": [type(event).__name__ for event in unsaid(told, said, plan, as_of)],
    }


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where `found` says other than expected; what it says besides is a later release's."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key, value in expected.items()
            for line in differences(value, found.get(key), f"{path}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            line
            for index, pair in enumerate(zip(expected, found, strict=True))
            for line in differences(*pair, f"{path}[{index}]")
        ]
    return [] if expected == found else [f"{path}: {expected!r}, now {found!r}"]
