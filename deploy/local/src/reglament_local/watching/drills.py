"""Drills: for every alert that wakes somebody, its fault is made and the alert seen firing.

Faults are made from outside, on the processes and databases that `ready.json` names.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from reglament_local.console import say
from reglament_local.demo.system import System
from reglament_local.watching.faults import Fault, frozen, locked, lost_event, unreadable_records
from reglament_local.watching.load import working
from reglament_local.watching.prometheus import Prometheus

SILENT_SECONDS, SILENT_WITHIN_SECONDS = 5.0, 240.0
FIRED_WITHIN_SECONDS, PAUSE_SECONDS = 150.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """during: alerts that fire while the fault lasts; after: once it has ended.

    lasts: seconds that the fault goes on at least, for promises whose bound is in seconds;
    leaves: what is left to do after it.
    """

    name: str
    fault: Fault
    during: tuple[str, ...]
    after: tuple[str, ...] = ()
    lasts: float = 0.0
    leaves: str = ""


DRILLS = (
    # The first: few requests wait at once, and many quick ones before would hide them.
    Drill(
        name="store",
        fault=locked("intake", "events"),
        during=("ApiFailing",),
        after=("ApiSlow",),
        lasts=25.0,
    ),
    Drill(name="service", fault=frozen("escalation"), during=("ServiceDown",)),
    Drill(
        name="timers",
        fault=locked("sla_clock", "timers"),
        during=("TimersLate",),
        after=("DeadlinesLate",),
        lasts=45.0,
    ),
    Drill(
        name="mail",
        fault=frozen("smtp"),
        during=("MailboxUnreachable", "LettersWaiting"),
        after=("LettersLate",),
        lasts=75.0,
    ),
    Drill(name="consumer", fault=locked("notifier", "inbox"), during=("ConsumerLagging",)),
    # It makes timers late as well, and so comes after them.
    Drill(
        name="kafka",
        fault=frozen("kafka"),
        during=("RelayStalled",),
        after=("AcceptedRequestsLate",),
        lasts=10.0,
    ),
    Drill(name="parked", fault=lost_event, during=("TicketsParked",)),
    # The last: what has halted stays so until somebody starts the service again.
    Drill(
        name="halted",
        fault=unreadable_records,
        during=("LoopHalted",),
        leaves="notifier's consumer has halted: stop the system, and start it again",
    ),
)


async def drill(prometheus: Prometheus, ready_file: Path, only: frozenset[str]) -> list[str]:
    """What did not ring as it should: before the fault nothing, then the drill's alerts."""
    faults: list[str] = []
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        system = System.of(ready_file, http)
        async with working(system):
            for one in DRILLS:
                if not only or one.name in only:
                    faults += await _one(prometheus, system, one)
    return faults


async def _one(prometheus: Prometheus, system: System, one: Drill) -> list[str]:
    expected = {*one.during, *one.after}
    early = await _not_silent(prometheus, expected)
    began = time.monotonic()
    faults = [f"{one.name}: {alert} rang before its fault" for alert in sorted(early)]
    async with one.fault(system):
        lasting = asyncio.create_task(asyncio.sleep(one.lasts))
        rang = await _fired(prometheus, set(one.during))
        await lasting
    rang |= await _fired(prometheus, set(one.after))
    seconds = time.monotonic() - began
    say(f"{one.name}: {', '.join(sorted(rang)) or 'nothing'} rang, {seconds:.0f} s")
    if one.leaves:
        say(one.leaves)
    return faults + [f"{one.name}: {alert} did not ring" for alert in sorted(expected - rang)]


async def _not_silent(prometheus: Prometheus, expected: set[str]) -> set[str]:
    """Which still ring, after as long as an earlier fault may be felt."""
    await asyncio.sleep(SILENT_SECONDS)
    ringing = expected
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SILENT_WITHIN_SECONDS):
            while ringing:
                ringing = expected & await prometheus.firing()
                await asyncio.sleep(PAUSE_SECONDS)
    return ringing


async def _fired(prometheus: Prometheus, expected: set[str]) -> set[str]:
    rang: set[str] = set()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRED_WITHIN_SECONDS):
            while expected - rang:
                rang |= await prometheus.firing() & expected
                await asyncio.sleep(PAUSE_SECONDS)
    return rang
