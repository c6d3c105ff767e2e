"""Worked scenarios that other projects' test suites fix, read from beside the repository."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reglament.calendars.reading import read_calendar
from reglament.policy.durations import Elapsed
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock, clocks, longest
from sla_clock.domain.target import Metric, Plan, Target
from tests.support.material import material

SCENARIOS: list[dict[str, Any]] = json.loads(material("cases", "sla-scenarios.json").read_text())
KINDS: dict[str, Metric] = {
    "first_response": "first_response",
    "update": "next_response",
    "keep_in_loop": "update",
    "resolution": "resolution",
}


def _plan(policy: dict[str, Any]) -> Plan:
    written = dict(policy["calendar"])
    calendar = read_calendar({"time_zone": written.pop("tz"), **written})
    targets = tuple(
        Target(
            metric=KINDS[metric["kind"]],
            within=Elapsed(metric["target_s"]),
            within_text=f"{metric['target_s']}s",
            calendar=calendar,
            calendar_name="office",
            pauses=frozenset({"waiting"} if metric["pausable"] else ()),
            at_risk=(),
            offsets=tuple(f"{offset}s" for offset in metric.get("escalate_offsets_s", ())),
        )
        for metric in policy["metrics"]
    )
    return Plan(version=1, targets=targets, calendars={"office": calendar})


class _Adapter:
    """Their events as our facts; it knows the state, which their events only name."""

    def __init__(self, policy: dict[str, Any], plan: Plan) -> None:
        self._paused = set(policy["paused_states"])
        self._done = set(policy.get("done_states", ("solved", "closed")))
        self._metrics = {m["name"]: KINDS[m["kind"]] for m in policy["metrics"]}
        self._targets = plan.targets
        self._is_done = False

    def facts(self, events: list[dict[str, Any]]) -> Iterator[f.Fact]:
        for event in events:
            at = datetime.fromisoformat(event["t"])
            match event["type"]:
                case "created":
                    yield f.Opened(at=at, recorded_at=at, priority="normal")
                    if event.get("state") in self._paused:
                        yield f.InfoRequested(at=at, recorded_at=at)
                case "agent_reply":
                    yield f.DeskAnswered(at=at, recorded_at=at)
                case "customer_message":
                    yield f.RequesterWrote(at=at, recorded_at=at)
                case "state":
                    yield self._state(event["to"], at)
                case "policy":
                    yield self._swap(event, at)
                case other:
                    raise AssertionError(other)

    def _state(self, to: str, at: datetime) -> f.Fact:
        if to in self._done:
            was_done, self._is_done = self._is_done, True
            done = f.Closed if was_done else f.Resolved
            return done(at=at, recorded_at=at)
        if self._is_done:
            self._is_done = False
            return f.Reopened(at=at, recorded_at=at)
        fact = f.InfoRequested if to in self._paused else f.Resumed
        return fact(at=at, recorded_at=at)

    def _swap(self, event: dict[str, Any], at: datetime) -> f.Fact:
        budgets = {self._metrics[m["name"]]: m["target_s"] for m in event.get("metrics", ())}
        swapped = tuple(
            replace(target, within=Elapsed(budgets[target.metric]))
            if target.metric in budgets
            else target
            for target in self._targets
        )
        return f.TargetsSwapped(
            at=at,
            recorded_at=at,
            targets=() if event.get("no_match") else swapped,
            from_change=event.get("start") == "change",
        )


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def _answer(key: str, clock: Clock, found: tuple[Clock, ...]) -> object:
    match key:
        case "due":
            return clock.due_at if clock.is_open else None
        case "longest_s":
            return _seconds(longest(found, clock))
        case "elapsed_s":
            return _seconds(clock.elapsed)
        case "breached_at":
            return clock.breach.at if clock.breach else None
        case "escalations":
            return [step.at for step in clock.steps]
        case other:
            raise AssertionError(other)


def _expected(value: object) -> object:
    if isinstance(value, list):
        return [_expected(one) for one in value]
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else value


@pytest.mark.parametrize("case", SCENARIOS, ids=[f"{c['id']} {c['title']}" for c in SCENARIOS])
def test_a_worked_scenario_comes_out_as_its_source_says(case: dict[str, Any]) -> None:
    plan = _plan(case["policy"])
    adapter = _Adapter(case["policy"], plan)
    now = datetime.fromisoformat(case["as_of"])
    found = clocks(adapter.facts(case["events"]), plan, now)
    kinds = {metric["name"]: KINDS[metric["kind"]] for metric in case["policy"]["metrics"]}
    for name, wanted in case["expected"].items():
        of_metric = [clock for clock in found if clock.cycle.metric == kinds[name]]
        answers = {key: _answer(key, of_metric[-1], found) for key in wanted}
        assert answers == {key: _expected(value) for key, value in wanted.items()}, name


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 15
