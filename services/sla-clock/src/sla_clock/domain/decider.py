"""Brings what was said of a ticket's clocks up to what is (architecture 6, semantics 12)."""

from collections.abc import Iterable
from typing import assert_never

from reglament.decider import Decider
from reglament.errors import NotFound, Refused, Violation
from reglament.events import sla
from reglament.events.registry import Event
from sla_clock.domain.clock import Clock, clocks
from sla_clock.domain.commands import ClockCommand, Excuse, Judge, Migrate
from sla_clock.domain.news import news, withdrawn
from sla_clock.domain.said import Said, evolve
from sla_clock.domain.target import Plan


def clock_decider(plan: Plan, found: Iterable[Clock] | None = None) -> Decider[ClockCommand, Said]:
    """The rules of a ticket's clock stream under one policy version.

    found: the clocks as Judge's facts and time give them, where they are reckoned already.
    """

    def reckoned(command: Judge) -> Iterable[Clock]:
        return clocks(command.facts, plan, command.at) if found is None else found

    def decide(command: ClockCommand, said: Said) -> list[Event]:
        match command:
            case Judge():
                return _judge(command, said, reckoned(command))
            case Migrate():
                moved = sla.ClocksMigrated(
                    at=command.judge.at,
                    actor=command.actor,
                    previous=command.previous,
                    version=command.version,
                    calendars=dict(command.editions) or None,
                )
                return [moved, *_judge(command.judge, said, reckoned(command.judge))]
            case Excuse():
                return _excuse(command, said, plan)
            case _:
                assert_never(command)

    return Decider(decide=decide, evolve=evolve, initial_state=Said())


def _judge(command: Judge, said: Said, reckoned: Iterable[Clock]) -> list[Event]:
    found: dict[tuple[str, int], Clock] = {
        (clock.cycle.metric, clock.cycle.number): clock for clock in reckoned
    }
    events: list[Event] = []
    for key, clock in found.items():
        events += news(said.clocks.get(key), clock, command.at, command.because)
    for (metric, cycle), gone in said.clocks.items():
        if (metric, cycle) not in found and gone.state != "cancelled":
            events.append(withdrawn((metric, cycle), gone, command))
    return events


def _excuse(command: Excuse, said: Said, plan: Plan) -> list[Event]:
    clock = said.clocks.get((command.metric, command.cycle))
    if clock is None:
        raise NotFound("clock", f"{command.metric}/{command.cycle}")
    if clock.breached_at is None:
        raise Refused([Violation(rule="not-breached", field="metric", detail=command.metric)])
    if command.reason not in plan.excuses:
        raise Refused([Violation(rule="unknown-reason", field="reason", detail=command.reason)])
    if clock.excused == command.reason:
        return []
    return [
        sla.ClockExcused(
            at=command.at,
            actor=command.actor,
            metric=command.metric,
            cycle=command.cycle,
            reason=command.reason,
            content=command.content,
        )
    ]
