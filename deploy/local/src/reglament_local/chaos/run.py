"""A run: the house, the load, a fault a round, then everything counted."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field

import httpx

from reglament_local.chaos import desk as own
from reglament_local.chaos.evidence import Finding
from reglament_local.chaos.failpoints import failpoints
from reglament_local.chaos.faults import Harm
from reglament_local.chaos.figures import Figures
from reglament_local.chaos.house import House, housed
from reglament_local.chaos.journal import Journal
from reglament_local.chaos.load import LIMITS, Load
from reglament_local.chaos.plan import fault_of
from reglament_local.chaos.probes import NotThrough, Probes
from reglament_local.chaos.reckoning import reckoned
from reglament_local.console import Steps, say_aside
from reglament_local.demo.letters import Post
from reglament_local.demo.receiver import Receiver, listening
from reglament_local.desks import until_heard
from reglament_local.jars import GREENMAIL, KAFKA
from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack, fetch_jars

LONGEST_STOP_SECONDS = 12.0


@dataclass(slots=True, kw_only=True)
class Run:
    """rounds, seed, kinds: what to do; minutes: after which no further round begins;

    spare_ports: of the second replicas.
    """

    stack: Stack
    rounds: int
    seed: int
    kinds: Sequence[str]
    minutes: float
    spare_ports: Mapping[str, int]
    hung: list[str] = field(default_factory=list)

    async def go(self) -> Figures:
        """The figures; the house is gone when they are there."""
        with redirect_stdout(sys.stderr):
            await fetch_jars(self.stack, Steps(total=2), (KAFKA, GREENMAIL))
        journal = Journal(self.stack.places.run / "journal.jsonl")
        figures = Figures(seed=self.seed)
        began = time.monotonic()
        try:
            async with housed(self.stack, self.spare_ports) as house:
                await self._in(house, journal, figures)
                ends = await house.stop()
            figures.findings = [*figures.findings, *self._hung(ends)]
        finally:
            journal.close()
        figures.seconds = time.monotonic() - began
        figures.internal_errors = journal.faults["500"]
        return figures

    async def _in(self, house: House, journal: Journal, figures: Figures) -> None:
        with listening() as receiver:
            await self._under_load(house, journal, figures, receiver)

    async def _under_load(
        self, house: House, journal: Journal, figures: Figures, receiver: Receiver
    ) -> None:
        async with self._load(house, journal) as load:
            await load.subscribe(receiver.url)
            async with load.going():
                await self._faults(house, load, figures)
        evidence, found = await reckoned(house, journal, receiver)
        found += await self._readiness(house)
        figures.count(evidence, found)

    @asynccontextmanager
    async def _load(self, house: House, journal: Journal) -> AsyncIterator[Load]:
        stack = self.stack
        urls = {
            service: [house.urls[name] for name in house.replicas[service]] for service in DATABASES
        }
        async with httpx.AsyncClient(trust_env=False, limits=LIMITS) as http:
            keys = await self._published(urls)
            mail = stack.greenmail
            load = Load(
                http=http,
                urls=urls,
                keys=keys,
                admin=stack.secrets["admin_key"],
                post=Post(smtp=f"127.0.0.1:{mail.smtp_port}", imap=f"127.0.0.1:{mail.imap_port}"),
                journal=journal,
                seed=self.seed,
            )
            await load.hire()
            yield load

    async def _published(self, urls: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
        keys = await own.published(self.stack, urls["intake"][0])
        for replica in zip(*urls.values(), strict=True):
            await until_heard(dict(zip(urls, replica, strict=True)), keys)
        return keys

    async def _faults(self, house: House, load: Load, figures: Figures) -> None:
        probes = Probes(caller=load.caller("probe"))
        harm = Harm(house=house, hung=self.hung)
        points = failpoints()
        await probes.through()
        bound = time.monotonic() + 60 * self.minutes
        for number in range(1, self.rounds + 1):
            if time.monotonic() > bound:
                break
            fault = fault_of(self.seed, number, self.kinds, points)
            load.journal.note(f"round {number}: {fault}")
            began = await harm.inflict(fault, probes.through)
            load.journal.note(f"round {number}: over")
            try:
                await probes.through()
            except NotThrough as what:
                self.hung.append(f"round {number}, {fault}: {what}")
            if fault.kind != "freeze":
                harm.recovered_at = time.monotonic()
            recovery = harm.recovered_at - began
            figures.recoveries[fault.kind].append(recovery)
            figures.rounds = number
            say_aside(f"{number}/{self.rounds} {fault}: {recovery:.1f} s")

    async def _readiness(self, house: House) -> list[Finding]:
        ready = await asyncio.gather(*(each.part.is_ready() for each in house.services))
        return [
            Finding(kind="hung", what=f"{each.name} is not ready at the end")
            for each, is_ready in zip(house.services, ready, strict=True)
            if not is_ready
        ]

    def _hung(self, ends: Mapping[str, tuple[int | None, float]]) -> list[Finding]:
        late = [
            f"{name} ended with {code} after {seconds:.1f} s"
            for name, (code, seconds) in ends.items()
            if name not in SERVERS and (code != 0 or seconds > LONGEST_STOP_SECONDS)
        ]
        return [Finding(kind="hung", what=what) for what in (*self.hung, *late)]


SERVERS = frozenset(("greenmail", "kafka", "postgres"))
