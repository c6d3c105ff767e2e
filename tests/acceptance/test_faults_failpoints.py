"""A process dies at every named point of its work; afterwards nothing is lost or doubled (b2 2).

One house, one process of each service, under load. Each point is armed in a new process, which
has to die there; then it is started again. In the end everything is counted as `make chaos` does.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field

import pytest

from reglament.failpoints import POINTS
from reglament_local.chaos.desk import stack_in
from reglament_local.chaos.figures import Figures
from reglament_local.chaos.house import House
from reglament_local.chaos.load import Load
from reglament_local.chaos.probes import Probes
from reglament_local.chaos.run import Run

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1200)]
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
# Of work that this load does not do; that work's own tests arm them.
ELSEWHERE = {"erasing.before_commit", "mail.after_take_in", "simulations.after_claim"}
WANTED = sorted(POINTS.keys() - ELSEWHERE)
DIES_WITHIN_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class AtEachPoint(Run):
    """The run of faults whose faults are the named points, the services' one beside another."""

    seconds: dict[str, float] = field(default_factory=dict)

    async def _faults(self, house: House, load: Load, figures: Figures) -> None:
        await Probes(caller=load.caller("probe")).through()
        chains: dict[str, list[str]] = {}
        for point in WANTED:
            chains.setdefault(OF[point.partition(".")[0]], []).append(point)
        await asyncio.gather(
            *(self._chain(house, service, points) for service, points in chains.items())
        )
        figures.rounds = len(self.seconds)
        await Probes(caller=load.caller("after")).through()

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
