"""Attainment: what the report says is what a fold of the histories gives."""

import csv
import io
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reglament import clock
from reglament.calendars.reading import read_calendar
from reglament.calendars.working_time import business_days_spent
from reglament.events.escalations import Assigned
from reglament.events.registry import Event
from reglament.events.tickets import (
    CategoryChanged,
    InfoProvided,
    InfoRequested,
    PriorityChanged,
    Resolved,
    TicketClosed,
    TicketDeferred,
    TicketResumed,
)
from reglament.events.work import HandedOver
from sla_clock.domain.clock import Clock, clocks
from sla_clock.domain.planning import plan_of
from sla_clock.projections.ticket_events import TicketFacts, load_facts
from sla_clock.reports.filling import fill
from sla_clock.timers import Timers
from tests.integration.sla_clock.conftest import (
    CONTENT,
    ENGINEER,
    POLICY,
    Clocked,
    answered,
    author,
    opened,
    token,
)
from tests.support.feeding import publish

pytestmark = pytest.mark.integration
START = datetime.fromisoformat("2026-09-01T06:00:00Z")
HOUR = timedelta(hours=1)
WHOLE = {"from": "2026-08-01", "to": "2027-01-01"}


async def report(
    clocked: Clocked, desk: str = "north", **params: Any
) -> dict[tuple[str, str | None], dict[str, Any]]:
    path = f"/desks/{desk}/reports/attainment"
    answer = await clocked.call("GET", path, params={**WHOLE, **params})
    assert answer.status_code == 200, answer.text
    return {(one["metric"], one["key"]): one for one in answer.json()["groups"]}


async def fire(clocked: Clocked) -> None:
    timers = Timers(
        clocked.runtime.pool,
        clocked.runtime.extras["judging"],
        lambda: dict.fromkeys(range(12), clock.now()),
    )
    while await timers.fire():
        pass


def lived(chosen: random.Random) -> list[Event]:
    """A ticket's life as it may come."""
    at = START + chosen.random() * 60 * 24 * HOUR
    told: list[Event] = [
        opened(at, priority=chosen.choice(["normal", "low"]), category=chosen.choice(["a", None]))
    ]
    kinds: list[Callable[[datetime], Event]] = [
        answered,
        lambda at: InfoRequested(at=at, actor=ENGINEER, items=(), content=CONTENT),
        lambda at: InfoProvided(at=at, actor=ENGINEER, content=CONTENT),
        lambda at: PriorityChanged(at=at, actor=ENGINEER, priority="low", previous="normal"),
        lambda at: CategoryChanged(
            at=at, actor=ENGINEER, category="b", complexity=chosen.choice(["easy", "hard"])
        ),
    ]
    for _ in range(chosen.randrange(6)):
        at += chosen.random() * 20 * HOUR
        told.append(chosen.choice(kinds)(at))
    if chosen.random() < 0.8:
        told.append(
            Resolved(at=at + HOUR, actor=ENGINEER, content=CONTENT)
            if chosen.random() < 0.8
            else TicketClosed(at=at + HOUR, actor=ENGINEER)
        )
    return told


def folded(found: Iterable[tuple[str | None, Clock]]) -> dict[tuple[str, str | None], list[Any]]:
    """Counts, mean and percentiles as written down in the contract, without any table."""
    groups: defaultdict[tuple[str, str | None], list[Clock]] = defaultdict(list)
    for key, one in found:
        groups[one.cycle.metric, key].append(one)
        groups[one.cycle.metric, None].append(one)
    return {key: _figures(group) for key, group in groups.items()}


def _figures(group: list[Clock]) -> list[Any]:
    states = [one.state for one in group]
    met, breached = states.count("met"), states.count("breached")
    took = sorted(one.elapsed.total_seconds() for one in group if one.met_at is not None)
    ranks = [
        took[max(0, -(-len(took) * share // 100) - 1)] if took else None for share in (50, 90, 99)
    ]
    return [
        len(group), met, breached, states.count("cancelled"),
        round(met / (met + breached), 6) if met + breached else None,
        pytest.approx(statistics.mean(took)) if took else None, *ranks,
    ]  # fmt: skip


def shown(group: dict[str, Any]) -> list[Any]:
    names = ("clocks", "met", "breached", "cancelled", "attainment", "mean_seconds")
    return [group[name] for name in (*names, "p50_seconds", "p90_seconds", "p99_seconds")]


def key_of(by: str, known: TicketFacts, one: Clock) -> str | None:
    match by:
        case "priority":
            return one.priority
        case "complexity":
            return known.complexity or ""
        case _:
            return f"{one.cycle.started_at:%Y-%m}"


async def test_the_report_says_what_a_fold_of_the_histories_gives(clocked: Clocked) -> None:
    chosen = random.Random(5)  # noqa: S311 - the same histories every time
    tickets = [await clocked.tell(*lived(chosen)) for _ in range(60)]
    await fire(clocked)
    newest = clocked.runtime.policies.newest("north")
    plan = plan_of(newest.policy, newest.version)
    async with clocked.runtime.pool.acquire() as connection:
        known = await load_facts(connection, tickets)
    now = clock.now()
    found = [(ticket, one) for ticket in known.values() for one in clocks(ticket.facts, plan, now)]
    for by in ("priority", "complexity", "month"):
        told = await report(clocked, by=by)
        wanted = folded((key_of(by, ticket, one), one) for ticket, one in found)
        assert {key: shown(group) for key, group in told.items()} == wanted
    assert all(key is None for _, key in await report(clocked))
    only = await report(clocked, metric="handling", by="priority")
    assert {metric for metric, _ in only} == {"handling"}


async def test_an_excused_breach_counts_in_one_column_and_stays_in_the_other(
    clocked: Clocked,
) -> None:
    late = await clocked.tell(opened(START))
    await clocked.tell(opened(START), answered(START + HOUR / 2))
    await fire(clocked)
    asked = {"reason": "force_majeure"}
    path = f"/tickets/{late}/sla/first_response/excuse"
    assert (await clocked.call("POST", path, asked, key=token("agent", "north", "anna"))).is_success
    group = (await report(clocked))["first_response", None]
    assert [group[f"attainment{name}"] for name in ("_raw", "", "_excused")] == [0.5, 0.5, 1.0]
    assert (group["breached"], group["excused"]) == (1, 1)


async def test_a_corrected_breach_still_counts_as_said(clocked: Clocked) -> None:
    ticket = "01a20000-0000-7000-8000-000000000001"
    first, answer = author(ticket).history(opened(START), answered(START + HOUR / 2))
    await clocked.feed(first)
    await fire(clocked)
    await clocked.feed(answer)
    live = await clocked.runtime.pool.fetch("SELECT * FROM outcomes ORDER BY 1, 2, 3")
    await clocked.runtime.pool.execute("DELETE FROM outcomes")
    assert await fill(clocked.runtime.pool) == 1
    assert await clocked.runtime.pool.fetch("SELECT * FROM outcomes ORDER BY 1, 2, 3") == live
    group = (await report(clocked))["first_response", None]
    assert (group["met"], group["breached"], group["breached_raw"]) == (1, 0, 1)
    assert (group["corrected"], group["attainment"], group["attainment_raw"]) == (1, 1.0, 0.0)


async def test_load_engineer_level_and_handover_are_those_of_the_tickets_life(
    clocked: Clocked,
) -> None:
    def assigned(at: datetime, engineer: str, level: str) -> Assigned:
        return Assigned(at=at, actor=ENGINEER, engineer=engineer, level=level, because="claim")

    for number in range(10):
        await clocked.tell(opened(START + number * HOUR))
    await clocked.tell(
        opened(START + 11 * HOUR),
        assigned(START + 12 * HOUR, "anna", "L1"),
        assigned(START + 13 * HOUR, "boris", "L2"),
        Resolved(at=START + 15 * HOUR, actor=ENGINEER, content=CONTENT),
    )
    handling = {
        by: {key: group["clocks"] for (metric, key), group in told.items() if metric == "handling"}
        for by in ("load", "engineer", "level", "handover")
        for told in [await report(clocked, by=by)]
    }
    assert handling == {
        "load": {"0-9": 10, "10-24": 1, None: 11},
        "engineer": {"": 10, "boris": 1, None: 11},
        "level": {"": 10, "L2": 1, None: 11},
        "handover": {"no": 10, "yes": 1, None: 11},
    }


async def test_business_days_are_told_with_what_was_waited_for_apart(clocked: Clocked) -> None:
    target = {"metric": "handling", "within": "16h", "calendar": "office"}
    usual = {"usual": ["2 business days", "3 business days"]}
    policy = {**POLICY, "desk": "east", "sla": {"targets": [target | usual]}}
    await publish(clocked.runtime, policy)
    day = 24 * HOUR
    await clocked.tell(
        opened(START),
        TicketDeferred(at=START + 1 * day, reason="release", actor=ENGINEER),
        TicketDeferred(at=START + 2 * day, reason="spares", actor=ENGINEER),
        TicketResumed(at=START + 5 * day, actor=ENGINEER),
        InfoRequested(at=START + 6 * day, items=(), content=CONTENT, actor=ENGINEER),
        InfoProvided(at=START + 6.5 * day, content=CONTENT, actor=ENGINEER),
        HandedOver(at=START + 7 * day, department="development", actor=ENGINEER),
        HandedOver(at=START + 7.5 * day, department=None, actor=ENGINEER),
        Resolved(at=START + 8 * day, content=CONTENT, actor=ENGINEER),
        desk="east",
    )
    office = read_calendar(POLICY["calendars"]["office"], time_zone="UTC")

    def days(since: float, until: float) -> float:
        return business_days_spent(office, START + since * day, START + until * day)

    told = await report(clocked, "east", by="department")
    assert set(told) == {("handling", "development"), ("handling", None)}
    for group in told.values():
        put_off = {"release": days(1, 2), "spares": days(2, 5)}
        assert group["deferred_days"] == pytest.approx(put_off)
        assert group["waiting_days"] == pytest.approx(days(6, 6.5))
        assert group["mean_days"] == pytest.approx(days(0, 1) + days(5, 6) + days(6.5, 8))
        assert group["mean_days"] == group["p50_days"] == group["p99_days"]
        assert [group["usual_from"], group["usual_to"]] == usual["usual"]
    assert ("handling", "yes") in await report(clocked, "east", by="handover")
    rows = list(csv.DictReader(io.StringIO(await table(clocked))))
    assert rows[0]["deferred_days"] == f"release {days(1, 2):.3f}; spares {days(2, 5):.3f}"


async def table(clocked: Clocked) -> str:
    params = {**WHOLE, "format": "csv"}
    return (await clocked.call("GET", "/desks/east/reports/attainment", params=params)).text


async def test_a_spreadsheet_runs_nothing_that_a_client_wrote(clocked: Clocked) -> None:
    await clocked.tell(opened(START, category="=cmd()"))
    path = "/desks/north/reports/attainment"
    for format_, accept in ({"format": "csv"}, {}), ({}, {"Accept": "text/csv"}):
        params = {**WHOLE, "by": "category", **format_}
        answer = await clocked.call("GET", path, params=params, headers=accept)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["key"] for row in rows] == ["'=cmd()", "(total)"] * 2


async def test_only_the_desks_own_people_may_ask(clocked: Clocked) -> None:
    for key, status in (
        (token("agent", "south", "sam"), 404),
        (token("requester", "north", "r"), 403),
    ):
        answer = await clocked.call("GET", "/desks/north/reports/attainment", key=key, params=WHOLE)
        assert answer.status_code == status
    empty = {"from": "2027-01-01", "to": "2026-01-01"}
    refused = await clocked.call("GET", "/desks/north/reports/attainment", params=empty)
    assert (refused.status_code, refused.json()["violations"][0]["rule"]) == (422, "empty-period")
