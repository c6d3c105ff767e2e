"""A rehearsal: the old version at work, then rolled out, rolled back, rolled out, drained."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass

import httpx

from reglament_local.addresses import own_addresses
from reglament_local.chaos import desk as own
from reglament_local.chaos.evidence import Finding
from reglament_local.chaos.house import House
from reglament_local.chaos.journal import Journal
from reglament_local.chaos.load import LIMITS, Load
from reglament_local.chaos.probes import NotThrough, Probes
from reglament_local.chaos.reckoning import reckoned
from reglament_local.console import Steps, say_aside
from reglament_local.demo.letters import Post
from reglament_local.demo.receiver import Receiver, listening
from reglament_local.desks import until_heard
from reglament_local.front import HEAD_LIMIT, Front
from reglament_local.jars import GREENMAIL, KAFKA
from reglament_local.ports import LOOPBACK
from reglament_local.rehearsal.figures import Figures
from reglament_local.rehearsal.fleet import NODES, Fleet
from reglament_local.rehearsal.releases import Release
from reglament_local.rehearsal.rotation import Rotation
from reglament_local.rehearsal.witness import Pulse, Witness
from reglament_local.secrets_file import DATABASES
from reglament_local.services import front_url
from reglament_local.stack import SERVERS, Stack, fetch_jars
from reglament_local.supervisor import supervised

# A balancer waits about as long; what a client of ours would wait for is in the figures.
ANSWER_SECONDS = 30.0
PAUSE_SECONDS = 0.4
BESIDE_HTTP = ("client-died", "smtp-")


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """policies of `stack` are the old version's: a rollout publishes none."""

    stack: Stack
    old: Release
    new: Release
    seed: int

    async def go(self) -> Figures:
        """The figures; everything has ended when they are there."""
        figures = Figures(old=self.old.commit, new=self.new.commit)
        journal = Journal(self.stack.places.run / "journal.jsonl")
        began = time.monotonic()
        try:
            async with self._fleet() as fleet:
                with listening() as receiver:
                    await self._rehearse(fleet, journal, receiver, figures)
        finally:
            journal.close()
        # The witness has what HTTP is; a client that gave up and a letter not taken are told here.
        figures.seen.failures += Counter(
            {what: count for what, count in journal.faults.items() if what.startswith(BESIDE_HTTP)}
        )
        figures.ends = fleet.ends
        figures.findings = [*figures.findings, *fleet.findings]
        figures.seconds = time.monotonic() - began
        return figures

    @asynccontextmanager
    async def _fleet(self) -> AsyncIterator[Fleet]:
        """Servers, balancer and the old version's processes; nothing is left after the block."""
        stack, rotation = self.stack, Rotation()
        with redirect_stdout(sys.stderr):
            steps = Steps(total=2 + len(SERVERS))
            await fetch_jars(stack, steps, (KAFKA, GREENMAIL))
            async with supervised(stack.places.logs, steps) as supervisor:
                await supervisor.start([stack.part(name) for name in SERVERS])
                port = stack.ports["REGLAMENT_FRONT_PORT"]
                serve = Front(rotation).serve
                balancer = await asyncio.start_server(serve, LOOPBACK, port, limit=HEAD_LIMIT)
                fleet = Fleet(stack=stack, addresses=own_addresses(stack), rotation=rotation)
                try:
                    await fleet.open(self.old)
                    yield fleet
                finally:
                    await asyncio.shield(fleet.close())
                    balancer.close()

    async def _rehearse(
        self, fleet: Fleet, journal: Journal, receiver: Receiver, figures: Figures
    ) -> None:
        async with httpx.AsyncClient(
            transport=Witness(figures.seen, httpx.AsyncHTTPTransport(limits=LIMITS)),
            trust_env=False,
        ) as http:
            load = await self._load(fleet, journal, http)
            await load.subscribe(receiver.url)
            pulse = Pulse(
                http=http,
                url=front_url(self.stack),
                desk=own.NAME,
                key=load.keys[own.NAME]["agent"],
                seen=figures.seen,
            )
            async with pulse.beating(), load.going():
                await self._acts(fleet, load)
        await self._reckon(fleet, journal, receiver, figures)

    async def _load(self, fleet: Fleet, journal: Journal, http: httpx.AsyncClient) -> Load:
        mail, url = self.stack.greenmail, front_url(self.stack)
        load = Load(
            http=http,
            urls={service: [url] for service in DATABASES},
            keys=await self._published(fleet),
            admin=self.stack.secrets["admin_key"],
            post=Post(smtp=f"{LOOPBACK}:{mail.smtp_port}", imap=f"{LOOPBACK}:{mail.imap_port}"),
            journal=journal,
            seed=self.seed,
            pause=PAUSE_SECONDS,
            seconds=ANSWER_SECONDS,
        )
        await load.hire()
        return load

    async def _published(self, fleet: Fleet) -> dict[str, dict[str, str]]:
        keys = await own.published(self.stack, front_url(self.stack))
        for node in NODES:
            apis = [replica for replica in fleet.on(node) if replica.place.kind == "api"]
            await until_heard({one.place.service: one.url for one in apis}, keys)
        return keys

    async def _acts(self, fleet: Fleet, load: Load) -> None:
        """After each step six requests go through all services, whatever versions they are of."""
        probes = Probes(caller=load.caller("probe"))
        await probes.through()
        for release in (self.new, self.old, self.new):
            if release is self.new:
                await self._told(load, "migrations", fleet.migrate(release))
            for node in NODES:
                what = f"{release.commit} on node {node}"
                await self._told(load, what, fleet.replace(node, release))
                await self._through(probes, what, fleet)
        what = f"node {NODES[0]} drained"
        await self._told(load, what, fleet.drain(NODES[0]))
        await self._through(probes, what, fleet)

    async def _through(self, probes: Probes, what: str, fleet: Fleet) -> None:
        """What does not go through between two versions may go through with one: go on."""
        try:
            await probes.through()
        except NotThrough as fault:
            fleet.findings.append(Finding(kind="hung", what=f"{what}: {fault}"))
            say_aside(f"{what}: {fault}")

    async def _told(self, load: Load, what: str, step: Awaitable[None]) -> None:
        load.journal.note(what)
        began = time.monotonic()
        await step
        say_aside(f"{what}: {time.monotonic() - began:.1f} s")

    async def _reckon(
        self, fleet: Fleet, journal: Journal, receiver: Receiver, figures: Figures
    ) -> None:
        """The checks of the faults under load, docs/chaos.md, on what stands there now."""
        evidence, figures.findings = await reckoned(self._house(fleet), journal, receiver)
        figures.count(evidence)

    def _house(self, fleet: Fleet) -> House:
        """The processes as those checks know them."""
        house = House(stack=self.stack, links={}, addresses=fleet.addresses)
        for replica in fleet.replicas:
            name, service = replica.child.name, replica.place.service
            if replica.place.kind == "api":
                house.replicas[service] = (*house.replicas.get(service, ()), name)
                house.urls[name] = replica.url
        return house
