"""Processes of the services, begun and ended in Kubernetes' order, as deploy/k8s has it.

An API is a Deployment behind the balancer: the new replica first (maxUnavailable 0), then preStop
5 s and SIGTERM. What reads and sends is a StatefulSet: a process's name outlives it, so the old
one ends first. SIGKILL comes 30 s after the end has begun.
"""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from reglament_local.addresses import Addresses
from reglament_local.chaos.evidence import Finding
from reglament_local.chaos.waiting import until
from reglament_local.greenmail import answers
from reglament_local.ports import LOOPBACK, free_port
from reglament_local.processes import Child, Recipe, run_once
from reglament_local.rehearsal.releases import Release
from reglament_local.rehearsal.rotation import Rotation
from reglament_local.secrets_file import DATABASES
from reglament_local.services import environ_of
from reglament_local.stack import Stack

# Pods have shares of cores to themselves; here those that begin must leave some to the others.
BEGIN_AT_ONCE = 2 * (os.cpu_count() or 1)
GRACE_SECONDS = 30.0
PRE_STOP_SECONDS = 5.0
# Until every balancer has heard that a pod goes: meanwhile it is sent requests as before.
HEARD_SECONDS = 2.0
READY_SECONDS = 180.0
NODES = ("a", "b")
Kind = Literal["api", "worker"]
ROLES: dict[Kind, str] = {"api": '["api"]', "worker": '["consumer", "relay", "timers", "mail"]'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process belongs: service by its import name, kind, node."""

    service: str
    kind: Kind
    node: str


PLACES = tuple(
    Place(service=service, kind=kind, node=node)
    for node in NODES
    for service in DATABASES
    for kind in ROLES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One process, a pod of its own."""

    place: Place
    release: Release
    port: int
    child: Child

    @property
    def url(self) -> str:
        """Past the balancer."""
        return f"http://{LOOPBACK}:{self.port}"

    async def is_ready(self) -> bool:
        """Whether it takes requests. Raises TimeoutError when it has ended."""
        if self.child.exit_code is not None:
            raise TimeoutError(f"{self.child.name} ended\n{self.child.last_lines()}")
        return await answers(f"{self.url}/readyz")


@dataclass(slots=True, kw_only=True)
class Fleet:
    """ends: seconds from SIGTERM to the end, of each that has ended; findings: ends gone wrong."""

    stack: Stack
    addresses: Addresses
    rotation: Rotation
    replicas: list[Replica] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _begun: int = 0
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BEGIN_AT_ONCE))

    async def migrate(self, release: Release) -> None:
        """The migrations Job of each service, before any process of the release."""
        jobs = []
        for service in DATABASES:
            recipe = Recipe(
                name=f"{service.replace('_', '-')}-migrations",
                command=(sys.executable, "-m", service, "migrate"),
                environ=self._environ(service, release, free_port()),
            )
            jobs.append(self._job(recipe))
        await together(jobs)

    async def _job(self, recipe: Recipe) -> None:
        async with self._turns:
            await run_once(recipe, self.stack.places.logs / f"{recipe.name}.log")

    async def begin(self, place: Place, release: Release) -> Replica:
        """Start one; an API is sent requests as soon as it is ready."""
        self._begun += 1
        service, port = place.service.replace("_", "-"), free_port()
        own = place.node if place.kind == "worker" else str(self._begun)
        prefix = place.service.upper()
        recipe = Recipe(
            name=f"{service}-{place.kind}-{own}",
            command=(sys.executable, "-m", place.service),
            environ=self._environ(place.service, release, port)
            | {f"{prefix}_INSTANCE": own, f"{prefix}_ROLES": ROLES[place.kind]},
            grace=GRACE_SECONDS - PRE_STOP_SECONDS,
        )
        child = Child(recipe, self.stack.places.logs / f"{recipe.name}.log")
        replica = Replica(place=place, release=release, port=port, child=child)
        self.replicas.append(replica)
        async with self._turns:
            await child.start()
            await until(replica.is_ready, READY_SECONDS, f"{recipe.name} is not ready", poll=0.2)
        if place.kind == "api":
            self.rotation.put(f"{prefix}_PORT", (LOOPBACK, port))
        return replica

    async def end(self, replica: Replica) -> None:
        """preStop begins as the balancer is told, SIGTERM comes after it."""
        await together([asyncio.sleep(PRE_STOP_SECONDS), self._heard(replica)])
        began = time.monotonic()
        await replica.child.stop()
        self.replicas.remove(replica)
        self.ends.append(time.monotonic() - began)
        if code := replica.child.exit_code:
            what = f"{replica.child.name} ended with {code} after {self.ends[-1]:.1f} s"
            self.findings.append(Finding(kind="hung", what=what))

    async def _heard(self, replica: Replica) -> None:
        await asyncio.sleep(HEARD_SECONDS)
        variable = f"{replica.place.service.upper()}_PORT"
        self.rotation.take(variable, (LOOPBACK, replica.port))

    async def open(self, release: Release) -> None:
        """One process a place; whoever comes first makes the tables."""
        for node in NODES:
            await together(self.begin(each, release) for each in PLACES if each.node == node)

    async def replace(self, node: str, release: Release) -> None:
        """What runs on a node, all workloads at once, each in its own order."""
        await together([self._replace(replica, release) for replica in self.on(node)])

    async def _replace(self, replica: Replica, release: Release) -> None:
        if replica.place.kind == "api":
            await self.begin(replica.place, release)
            await self.end(replica)
        else:
            await self.end(replica)
            await self.begin(replica.place, release)

    async def drain(self, node: str) -> None:
        """All that run there go at once, and come back when the last of them is gone.

        A disruption budget of one allows it: the other node has one of each.
        """
        gone = self.on(node)
        await together([self.end(replica) for replica in gone])
        await together([self.begin(replica.place, replica.release) for replica in gone])

    async def close(self) -> None:
        """Everything ends."""
        await asyncio.gather(*(replica.child.stop() for replica in self.replicas))
        self.replicas.clear()

    def on(self, node: str) -> list[Replica]:
        """What runs there."""
        return [replica for replica in self.replicas if replica.place.node == node]

    def _environ(self, service: str, release: Release, port: int) -> dict[str, str]:
        prefix = service.upper()
        told = environ_of(self.stack, service, self.addresses, os.environ)
        return told | {
            "PYTHONPATH": release.path,
            f"{prefix}_PORT": str(port),
            f"{prefix}_SHUTDOWN_SECONDS": "10",
        }


async def together(steps: Iterable[Coroutine[Any, Any, object]]) -> None:
    """All at once; the first fault ends the others and is raised by itself."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
