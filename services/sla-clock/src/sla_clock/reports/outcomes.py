"""What a ticket's clocks came to, as rows: pure (semantics 8, 12)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from reglament.calendars.working_time import between, business_days_spent
from reglament.instants import rfc3339
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock
from sla_clock.domain.story import Halt
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
        "days": _days(clock, clock.met_at),
        **_halted(clock, at),
    }


def _days(clock: Clock, met_at: datetime | None) -> float | None:
    """Business days that it took, those apart for which it stood still."""
    if met_at is None:
        return None
    calendar = clock.target.calendar
    whole = business_days_spent(calendar, clock.counts_from, met_at)
    return whole - sum(
        business_days_spent(calendar, since, until) for _, since, until in _stands(clock, met_at)
    )


def _halted(clock: Clock, at: datetime) -> Row:
    """Working time for which the clock stood still: in all, and put off by the desk's reasons."""
    calendar, total = clock.target.calendar, dict.fromkeys(("waiting", "deferred"), timedelta())
    waiting_days, deferred_days = 0.0, dict[str, float]()
    for halt, since, until in _stands(clock, at):
        if halt.until is None or halt.reason not in total:
            continue
        total[halt.reason] += between(calendar, since, until)
        days = business_days_spent(calendar, since, until)
        if halt.reason == "waiting":
            waiting_days += days
        elif halt.why is not None:
            deferred_days[halt.why] = deferred_days.get(halt.why, 0.0) + days
    return {
        **{reason: spent.total_seconds() for reason, spent in total.items()},
        "waiting_days": waiting_days,
        "deferred_days": deferred_days,
    }


def _stands(clock: Clock, at: datetime) -> Iterator[tuple[Halt, datetime, datetime]]:
    """Each time that it stood still, within what counts of it."""
    end = clock.ended_at or at
    for halt in clock.halts:
        since, until = max(halt.since, clock.counts_from), min(halt.until or end, end)
        if since < until:
            yield halt, since, until


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
    """Who had the ticket when the clock ended, at which level; whether that, or the department to
    which it was handed last, had changed.
    """
    had = [one for one in known.assigned if one.at <= end]
    handed = [one.department for one in known.handed if one.at <= end and one.department]
    last = had[-1] if had else None
    return {
        "engineer": last.engineer if last else None,
        "level": last.level if last else None,
        "department": handed[-1] if handed else None,
        "handed_over": bool(handed) or len({one.level for one in had}) > 1,
    }
