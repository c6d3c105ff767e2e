"""A process dies at every named point of its work; afterwards nothing is lost or doubled (b2 2).

One house, one process of each service, under load. Each point is armed in a new process, which
has to die there; then it is started again. In the end everything is counted as `make chaos` does.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reglament.failpoints import POINTS
from reglament_local.chaos import desk
from reglament_local.chaos.figures import Figures
from reglament_local.chaos.house import House
from reglament_local.chaos.load import Load
from reglament_local.chaos.probes import Probes
from reglament_local.chaos.reading import database
from reglament_local.chaos.run import Run
from reglament_local.ports import free_ports
from reglament_local.stack import Stack, stack_from
from tests.support.eventually import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]
# Whose process dies there; points of the library are passed by all, each dies in one.
OF = {
    "store": "intake",
    "relay": "intake",
    "mail": "intake",
    "consumer": "sla_clock",
    "timers": "sla_clock",
    "letters": "notifier",
    "webhooks": "notifier",
}
# Nobody erases anybody in this load: tests/acceptance/test_erasure.py does.
ELSEWHERE = {"erasing.before_commit"}
WANTED = sorted(POINTS.keys() - ELSEWHERE)
DIES_WITHIN_SECONDS = 60.0
UNDELIVERED = "SELECT count(*) FROM webhooks WHERE state <> 'sent'"
EFFECTS = "SELECT event FROM webhooks"


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Takes webhooks; got: the events that came."""

    got: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            named = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
            await reader.readexactly(int(named["content-length"]))
        except asyncio.IncompleteReadError:
            return
        self.got.add(named["webhook-id"].removeprefix("msg_"))
        writer.write(b"HTTP/1.1 204 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def subscribed(load: Load, receiver: Receiver) -> AsyncIterator[None]:
    """Everything that happens at the run's own desk is posted to the receiver."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    answer = await load.http.post(
        f"{load.urls['notifier'][0]}/v1/subscriptions",
        json={"url": url, "desk": desk.NAME, "types": ["TicketOpened", "NotificationSent"]},
        headers={"Authorization": f"Bearer {load.admin}"},
        timeout=20,
    )
    answer.raise_for_status()
    try:
        yield
    finally:
        server.close()


@dataclass(slots=True, kw_only=True)
class AtEachPoint(Run):
    """The run of faults whose faults are the named points, the services' one beside another."""

    seconds: dict[str, float] = field(default_factory=dict)

    async def _faults(self, house: House, load: Load, figures: Figures) -> None:
        receiver = Receiver()
        async with subscribed(load, receiver):
            await Probes(caller=load.caller("probe")).through()
            chains: dict[str, list[str]] = {}
            for point in WANTED:
                chains.setdefault(OF[point.partition(".")[0]], []).append(point)
            await asyncio.gather(
                *(self._chain(house, service, points) for service, points in chains.items())
            )
            figures.rounds = len(self.seconds)
            await Probes(caller=load.caller("after")).through()
            await self._delivered(house, receiver)

    async def _chain(self, house: House, service: str, points: Sequence[str]) -> None:
        for point in points:
            await self._dies_at(house, service, point)

    async def _dies_at(self, house: House, service: str, point: str) -> None:
        victim = house.residents[house.replicas[service][0]]
        launches = victim.launches
        victim.release({"FAILPOINT": f"{point}:kill"})
        victim.signal(signal.SIGKILL)
        await victim.again(launches)
        ends, began = len(victim.ends), time.monotonic()
        if await victim.ended(DIES_WITHIN_SECONDS, since=ends):
            self.seconds[point] = time.monotonic() - began
            await victim.again(launches + 1)

    async def _delivered(self, house: House, receiver: Receiver) -> None:
        """Every event that is to be posted was, the deliveries' rows say so."""

        async def all_are() -> bool:
            async with database(house, "notifier") as connection:
                rows = await connection.fetch(EFFECTS)
                assert {row["event"] for row in rows} <= receiver.got
                return bool(await connection.fetchval(UNDELIVERED) == 0)

        # The load goes on: an instant at which none is on its way comes soon.
        await eventually(all_are, 90)


def stack_in(folder: Path) -> Stack:
    """Every desk's policy and the run's own, on free ports."""
    environ = {**os.environ, **free_ports(), "REGLAMENT_RUN": str(folder / "run")}
    stack = stack_from({**environ, "REGLAMENT_DURABLE": "1"})
    policies = desk.policies_in(folder / "policies", stack.places.policies)
    return replace(stack, places=replace(stack.places, policies=policies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The run, and what it came to."""

    run: AtEachPoint
    figures: Figures


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("failpoints")
    run = AtEachPoint(
        stack=stack_in(folder), rounds=0, seed=2, kinds=(), minutes=15, spare_ports={}
    )
    with redirect_stdout(sys.stderr):
        figures = asyncio.run(run.go())
    print(figures.line())  # noqa: T201 - with -s
    return Outcome(run=run, figures=figures)


@pytest.mark.parametrize("point", WANTED)
def test_a_process_died_at(point: str, outcome: Outcome) -> None:
    assert point in outcome.run.seconds, f"{point} was not passed in {DIES_WITHIN_SECONDS} s"


def test_after_a_death_at_every_point_nothing_is_lost_doubled_or_out_of_order(
    outcome: Outcome,
) -> None:
    assert [str(finding) for finding in outcome.figures.findings] == []
