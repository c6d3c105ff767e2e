"""What a ticket's clocks came to, as rows: pure (semantics 8, 12)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from reglament.calendars.working_time import between
from reglament.instants import rfc3339
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock
from sla_clock.projections.ticket_events import TicketFacts

Row = dict[str, Any]


def outcomes_of(
    known: TicketFacts, found: Iterable[Clock], at: datetime, breached: frozenset[tuple[str, int]]
) -> Iterator[Row]:
    """A row a clock, as `outcomes` has it. breached: of which ClockBreached was said by now."""
    told = {"category": None, "service_level": None, **_classified(known.facts, at)}
    for clock in found:
        yield {
            "ticket": known.ticket,
            "desk": known.desk,
            "metric": clock.cycle.metric,
            "cycle": clock.cycle.number,
            "breach_said": (clock.cycle.metric, clock.cycle.number) in breached,
            "priority": clock.priority,
            "complexity": known.complexity,
            **told,
            **_whose(known, clock.ended_at or at),
            **_result(clock, at),
        }


def arrival_of(known: TicketFacts, at: datetime) -> Row | None:
    """When the ticket was opened, and when it ended last, if it has not gone on since."""
    opened = next((fact for fact in known.facts if isinstance(fact, f.Opened)), None)
    if opened is None:
        return None
    ended: datetime | None = None
    for fact in known.facts:
        if isinstance(fact, f.Reopened):
            ended = None
        elif isinstance(fact, f.Resolved | f.Closed | f.Refused | f.Merged) and fact.at <= at:
            ended = ended or fact.at
    return {
        "ticket": known.ticket,
        "desk": known.desk,
        "opened_at": rfc3339(opened.at),
        "ended_at": None if ended is None else rfc3339(ended),
    }


def _result(clock: Clock, at: datetime) -> Row:
    is_met = clock.met_at is not None
    return {
        "state": clock.state,
        "started_at": rfc3339(clock.cycle.started_at),
        "due_at": None if clock.due_at is None else rfc3339(clock.due_at),
        "met_at": None if clock.met_at is None else rfc3339(clock.met_at),
        "elapsed": clock.elapsed.total_seconds() if is_met else None,
        "waiting": _halted(clock, "waiting", at),
        "deferred": _halted(clock, "deferred", at),
    }


def _halted(clock: Clock, reason: str, at: datetime) -> float:
    """Working seconds that the clock stood still for this."""
    end, total = clock.ended_at or at, timedelta()
    for halt in clock.halts:
        since, until = max(halt.since, clock.counts_from), min(halt.until or end, end)
        if halt.reason == reason and halt.until is not None and since < until:
            total += between(clock.target.calendar, since, until)
    return total.total_seconds()


def _classified(facts: Iterable[f.Fact], at: datetime) -> Row:
    said: Row = {}
    for fact in facts:
        if fact.at > at:
            break
        if isinstance(fact, f.Opened):
            said = {"category": fact.category, "service_level": fact.service_level}
        elif isinstance(fact, f.CategoryChanged) and fact.category is not None:
            said["category"] = fact.category
        elif isinstance(fact, f.ServiceLevelAssigned):
            said["service_level"] = fact.service_level
    return said


def _whose(known: TicketFacts, end: datetime) -> Row:
    """Who had the ticket when the clock ended, at which level, and whether it changed levels."""
    had = [one for one in known.assigned if one.at <= end]
    last = had[-1] if had else None
    return {
        "engineer": last.engineer if last else None,
        "level": last.level if last else None,
        "handed_over": len({one.level for one in had}) > 1,
    }
