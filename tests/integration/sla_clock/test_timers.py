"""Timers on a real PostgreSQL: at the due time, once, and never before all is read."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from reglament import clock, failpoints
from reglament.events import sla
from reglament.events.escalations import Assigned
from reglament.ids import new_id
from reglament.messaging.inbox import LOCK_STREAMS
from reglament.runtime import Runtime
from reglament.telemetry import start_tracing
from sla_clock.timers import Timers
from sla_clock.traced_judging import TracedJudging
from tests.integration.sla_clock.conftest import ENGINEER, Clocked, answered, author, opened
from tests.support.crowding import crowding
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECOND = timedelta(seconds=1)
SAID = "SELECT count(*), count(DISTINCT stream) FROM events WHERE type = 'ClockBreached'"
STEPS = "SELECT at, recorded_at FROM events WHERE type = 'ClockBreached'"


def read_up() -> dict[int, datetime]:
    """Every partition is owned and read up to now."""
    return dict.fromkeys(range(12), clock.now())


def timers_of(runtime: Runtime) -> Timers:
    return Timers(runtime.pool, runtime.extras["judging"], read_up)


@asynccontextmanager
async def running(*timers: Timers) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for one in timers:
            group.create_task(one.run(stopping))
        try:
            yield
        finally:
            stopping.set()


async def due_in(clocked: Clocked, spans: list[timedelta]) -> list[str]:
    """Tickets whose first answer is due so far from now."""
    now, tickets = clock.now(), [new_id() for _ in spans]
    for start in range(0, len(tickets), 100):
        part = list(zip(tickets, spans, strict=True))[start : start + 100]
        await clocked.feed(
            *(author(one).history(opened(now - HOUR + span))[0] for one, span in part)
        )
    return tickets


async def test_a_breach_is_said_at_its_due_time_without_any_message(clocked: Clocked) -> None:
    (ticket,) = await due_in(clocked, [timedelta(seconds=1.5)])
    assert await clocked.types(ticket) == ["ClockStarted first_response", "ClockStarted handling"]
    async with running(timers_of(clocked.runtime)):

        async def said() -> bool:
            return "ClockBreached first_response" in await clocked.types(ticket)

        await eventually(said)
    (breach,) = [one for one in await clocked.said(ticket) if one.type == "ClockBreached"]
    assert isinstance(breach.event, sla.ClockBreached)
    assert breach.at == breach.event.due_at
    assert timedelta() <= breach.recorded_at - breach.at < SECOND * crowding()


async def test_a_timers_trace_is_its_own_and_leads_back_to_what_set_the_deadline(
    clocked: Clocked,
) -> None:
    ticket, runtime, exporter = new_id(), clocked.runtime, InMemorySpanExporter()
    begun = author(ticket).history(opened(clock.now() - HOUR - SECOND))[0]
    await clocked.feed(msgspec.structs.replace(begun, traceparent=PARENT))
    tracing = start_tracing("sla-clock", "0", None, exporter)
    judging = TracedJudging(runtime.extras["judging"], runtime.store, tracing)
    assert await Timers(runtime.pool, judging, read_up).fire() == 1
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.parent) == ("fire timer", None)
    assert dict(span.attributes or {}) == {"reglament.ticket": ticket}
    assert [f"{link.context.span_id:016x}" for link in span.links] == [PARENT.split("-")[2]]
    said = {one.type: one.traceparent for one in await clocked.said(ticket)}
    assert said["ClockStarted"] == PARENT
    assert f"{span.context.trace_id:032x}" in (said["ClockBreached"] or "")


async def test_two_at_once_say_each_breach_once(clocked: Clocked) -> None:
    tickets = await due_in(clocked, [-SECOND] * 600)
    timers = [timers_of(clocked.runtime) for _ in range(2)]
    while sum(await asyncio.gather(*(one.fire() for one in timers))):
        pass
    assert tuple(await clocked.runtime.pool.fetchrow(SAID)) == (len(tickets), len(tickets))


async def test_what_was_rolled_back_is_fired_again_once(clocked: Clocked) -> None:
    (ticket,) = await due_in(clocked, [-SECOND])
    timers = timers_of(clocked.runtime)
    failpoints.arm("timers.before_commit:raise")
    with pytest.raises(failpoints.Failed):
        await timers.fire()
    assert "ClockBreached first_response" not in await clocked.types(ticket)
    assert (await timers.fire(), await timers.fire()) == (1, 0)
    assert (await clocked.types(ticket)).count("ClockBreached first_response") == 1


async def test_killed_before_the_commit_another_process_fires_once(clocked: Clocked) -> None:
    tickets = await due_in(clocked, [-SECOND] * 20)
    arguments = [sys.executable, "-m", "tests.integration.sla_clock.timers_process"]
    arguments.append(clocked.runtime.settings.database)
    for failpoint, code in (("timers.before_commit:kill", -signal.SIGKILL), ("", 0), ("", 0)):
        environment = {**os.environ, "FAILPOINT": failpoint}
        run = subprocess.run
        ended = await asyncio.to_thread(run, arguments, env=environment, timeout=60, check=False)
        assert ended.returncode == code
    assert tuple(await clocked.runtime.pool.fetchrow(SAID)) == (len(tickets), len(tickets))


async def test_a_timer_waits_until_its_partition_is_read_up(clocked: Clocked) -> None:
    (ticket,) = await due_in(clocked, [-SECOND])
    before_due = clock.now() - timedelta(seconds=2)
    held: list[int] = []
    behind = Timers(
        clocked.runtime.pool,
        clocked.runtime.extras["judging"],
        lambda: dict.fromkeys(range(12), before_due),
        held=held.append,
    )
    async with running(behind):

        async def is_held() -> bool:
            return 1 in held

        await eventually(is_held)
    foreign = Timers(clocked.runtime.pool, clocked.runtime.extras["judging"], dict)
    assert await foreign.fire() == 0
    assert not [one for one in await clocked.types(ticket) if "Breached" in one]
    (first, answer) = author(ticket).history(opened(before_due), answered(before_due))
    del first
    await clocked.feed(answer)
    await timers_of(clocked.runtime).fire()
    assert "ClockMet first_response" in await clocked.types(ticket)
    assert not [one for one in await clocked.types(ticket) if "Breached" in one]


async def test_an_event_read_long_after_calls_no_breach_that_was_answered(
    clocked: Clocked,
) -> None:
    start = clock.now() - 5 * HOUR
    ticket = new_id()
    first, answer = author(ticket).history(opened(start), answered(start + timedelta(minutes=30)))
    assigned = Assigned(
        at=start + 2 * HOUR, actor=ENGINEER, engineer="anna", level="L1", because="claim"
    )
    (theirs,) = author(ticket, source="/reglament/escalation").history(assigned)
    await clocked.feed(first)
    await clocked.feed(theirs)  # its topic was read before the other one
    await clocked.feed(answer)
    while await timers_of(clocked.runtime).fire():
        pass
    types = await clocked.types(ticket)
    assert "ClockMet first_response" in types
    assert not [one for one in types if "Breached" in one or "Corrected" in one]


async def test_a_ticket_that_cannot_be_judged_holds_up_no_other(clocked: Clocked) -> None:
    bad, *good = await due_in(clocked, [-2 * SECOND, -SECOND, -SECOND])
    spoil = "UPDATE ticket_events_v1 SET data = '{}' WHERE ticket = $1"
    await clocked.runtime.pool.execute(spoil, bad)
    await timers_of(clocked.runtime).fire()
    for ticket in good:
        assert "ClockBreached first_response" in await clocked.types(ticket)
    assert "ClockBreached first_response" not in await clocked.types(bad)


async def test_a_thousand_due_in_one_second_all_fire_once_and_soon(clocked: Clocked) -> None:
    spans = [timedelta(seconds=6 + number / 1000) for number in range(1000)]
    tickets = await due_in(clocked, spans)
    async with running(timers_of(clocked.runtime)):

        async def all_said() -> bool:
            return bool((await clocked.runtime.pool.fetchval(SAID)) >= len(tickets))

        await eventually(all_said, 40, poll=0.2)
    assert tuple(await clocked.runtime.pool.fetchrow(SAID)) == (len(tickets), len(tickets))
    rows = await clocked.runtime.pool.fetch(STEPS)
    late = sorted((row["recorded_at"] - row["at"]).total_seconds() for row in rows)
    p50, p99 = statistics.median(late), late[int(len(late) * 0.99)]
    print(f"1,000 due in 1 s: late p50 {p50 * 1000:.0f}, p99 {p99 * 1000:.0f} ms")  # noqa: T201
    assert late[0] >= 0
    assert p99 < 5


async def test_a_timer_lets_a_ticket_pass_whose_event_is_being_read(clocked: Clocked) -> None:
    """The consumer holds the stream and will want the timer's row: no two wait for each other."""
    (ticket,) = await due_in(clocked, [-SECOND])
    timers = timers_of(clocked.runtime)
    async with clocked.runtime.pool.acquire() as reading, reading.transaction():
        await reading.execute(LOCK_STREAMS, [f"ticket/{ticket}"])
        assert await timers.fire() == 0
        await reading.execute("SELECT FROM timers WHERE ticket = $1 FOR UPDATE NOWAIT", ticket)
    assert await timers.fire() == 1


async def test_a_clock_of_ours_that_jumps_ahead_fires_nothing_early(
    clocked: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = await due_in(clocked, [timedelta(minutes=10)])
    jump(monkeypatch, HOUR)
    assert await timers_of(clocked.runtime).fire() == 0
    assert "ClockBreached first_response" not in await clocked.types(ticket)


async def test_a_clock_of_ours_that_jumps_back_fires_late_and_once(
    clocked: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = await due_in(clocked, [-SECOND])
    jump(monkeypatch, -HOUR)
    assert await timers_of(clocked.runtime).fire() == 0  # nothing is known to be read so far
    monkeypatch.undo()
    assert [await timers_of(clocked.runtime).fire() for _ in range(2)] == [1, 0]
    assert (await clocked.types(ticket)).count("ClockBreached first_response") == 1


async def test_what_fires_while_our_clock_is_behind_is_not_recorded_before_it_was_due(
    clocked: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = await due_in(clocked, [-SECOND])
    read = read_up()
    jump(monkeypatch, -HOUR)
    judging = clocked.runtime.extras["judging"]
    assert await Timers(clocked.runtime.pool, judging, lambda: read).fire() == 1
    (breach,) = [one for one in await clocked.said(ticket) if one.type == "ClockBreached"]
    assert breach.recorded_at >= breach.at


async def test_a_database_whose_clock_was_ahead_for_a_while_says_nothing_twice(
    clocked: Clocked,
) -> None:
    (ticket,) = await due_in(clocked, [-SECOND])
    assert await timers_of(clocked.runtime).fire() == 1
    await clocked.runtime.pool.execute(AHEAD, ticket)
    assert [await timers_of(clocked.runtime).fire() for _ in range(2)] == [1, 0]
    assert (await clocked.types(ticket)).count("ClockBreached first_response") == 1
    assert not [one for one in await clocked.types(ticket) if "Corrected" in one]


AHEAD = """UPDATE timers SET judged_at = now() + interval '1 hour', look_at = now() - interval '1 s'
  WHERE ticket = $1"""


def jump(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """From now on the process's clock is off by that much."""
    monkeypatch.setattr(clock, "_anchor", (clock.now() + by, time.monotonic()))
