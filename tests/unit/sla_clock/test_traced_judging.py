"""A timer's trace leads back to what set its deadline."""

from datetime import UTC, datetime, timedelta

import msgspec

from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.testing import SYSTEM, Author
from sla_clock.traced_judging import set_by

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = AT + timedelta(hours=1)


def started(metric: sla.Metric, cycle: int = 1) -> Event:
    return sla.ClockStarted(
        at=AT,
        actor=SYSTEM,
        metric=metric,
        cycle=cycle,
        started_at=AT,
        due_at=DUE,
        within="1h",
        calendar="always",
        priority="normal",
    )


def at_risk(metric: sla.Metric) -> Event:
    return sla.ClockAtRisk(at=AT, actor=SYSTEM, metric=metric, step="50")


def resumed(metric: sla.Metric) -> Event:
    return sla.ClockResumed(at=AT, actor=SYSTEM, metric=metric, due_at=DUE)


def breached(metric: sla.Metric, cycle: int = 1) -> Event:
    return sla.ClockBreached(at=DUE, actor=SYSTEM, metric=metric, cycle=cycle, due_at=DUE)


def history(*events: Event) -> list[Envelope]:
    """Each in a trace that is named by its place."""
    said = Author(subject="t", desk="north", source="/reglament/sla-clock", recorded_at=AT)
    return [
        msgspec.structs.replace(one, traceparent=f"trace-{one.sequence}")
        for one in said.history(*events)
    ]


def test_a_breach_leads_to_what_started_its_clock() -> None:
    told = history(started("handling"), started("first_response"), breached("handling"))
    assert set_by(told[-1], told) == "trace-1"


def test_a_step_before_set_nothing() -> None:
    told = history(started("handling"), at_risk("handling"), breached("handling"))
    assert set_by(told[-1], told) == "trace-1"


def test_what_moved_the_deadline_last_has_set_it() -> None:
    told = history(started("handling"), resumed("handling"), at_risk("handling"))
    assert set_by(told[-1], told) == "trace-2"


def test_another_cycle_is_another_clock() -> None:
    told = history(started("update"), started("update", 2), breached("update", 1))
    assert set_by(told[-1], told) == "trace-1"


def test_what_came_after_the_step_has_not_set_it() -> None:
    told = history(started("handling"), at_risk("handling"), resumed("handling"))
    assert set_by(told[1], told) == "trace-1"


def test_a_clock_of_before_there_were_traces_leads_nowhere() -> None:
    assert set_by(history(breached("handling"))[0], []) is None
