"""The whole stack as a run of faults needs it: two of each service, every process replaceable."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from reglament_local.addresses import Addresses
from reglament_local.chaos.links import Links, addresses_through, linked
from reglament_local.chaos.resident import Resident
from reglament_local.greenmail import answers, greenmail_part
from reglament_local.kafka import kafka_part
from reglament_local.parts import Part
from reglament_local.postgres import postgres_part
from reglament_local.secrets_file import DATABASES
from reglament_local.services import environ_of, service_parts
from reglament_local.stack import Stack

# So that a wait of notifier for its mail server is shorter than a round.
IMPATIENT = {"NOTIFIER_SMTP_SECONDS": "5"}


@dataclass(slots=True, kw_only=True)
class House:
    """The residents by name; `replicas`: import name -> names of its processes."""

    stack: Stack
    links: Links
    addresses: Addresses
    residents: dict[str, Resident] = field(default_factory=dict)
    replicas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    async def move_in(self, spare_ports: Mapping[str, int]) -> None:
        """Start the servers together, then the first of each service, then the second of those
        that have a spare port.
        """
        stack = self.stack
        servers = [
            postgres_part(stack.postgres),
            kafka_part(replace(stack.kafka, told=self.links["kafka"].port)),
            greenmail_part(replace(stack.greenmail, heap="640m")),
        ]
        await self._start(servers)
        environ = {**os.environ, **IMPATIENT}
        first = service_parts(stack, self.addresses, environ)
        for service, part in zip(DATABASES, first, strict=True):
            self._name(service, part, stack.ports[f"{service.upper()}_PORT"])
        await self._start(first)
        second = [
            self._second(service, part, spare_ports[service], environ)
            for service, part in zip(DATABASES, first, strict=True)
            if service in spare_ports
        ]
        await self._start(second)

    def _second(self, service: str, part: Part, port: int, environ: Mapping[str, str]) -> Part:
        name, prefix = f"{part.recipe.name}-1", service.upper()
        told = environ_of(self.stack, service, self.addresses, environ)
        told |= {f"{prefix}_PORT": str(port), f"{prefix}_INSTANCE": "1"}
        recipe = replace(part.recipe, name=name, environ=told)
        ready = partial(answers, f"http://127.0.0.1:{port}/readyz")
        second = replace(part, title=name, recipe=recipe, is_ready=ready)
        self._name(service, second, port)
        return second

    def _name(self, service: str, part: Part, port: int) -> None:
        name = part.recipe.name
        self.replicas[service] = (*self.replicas.get(service, ()), name)
        self.urls[name] = f"http://127.0.0.1:{port}"

    async def _start(self, parts: list[Part]) -> None:
        residents = [Resident(part, self.stack.places.logs) for part in parts]
        self.residents |= {resident.name: resident for resident in residents}
        await asyncio.gather(*(resident.start() for resident in residents))

    @property
    def services(self) -> list[Resident]:
        """Every process of a service."""
        return [self.residents[name] for names in self.replicas.values() for name in names]

    async def stop(self) -> dict[str, tuple[int | None, float]]:
        """Services first, then mail and Kafka, PostgreSQL last: exit code and seconds of each."""
        ended: dict[str, tuple[int | None, float]] = {}
        servers = [self.residents[name] for name in SERVERS if name in self.residents]
        for layer in (self.services, servers[:-1], servers[-1:]):
            stops = await asyncio.gather(*(resident.stop() for resident in layer))
            ended |= {resident.name: end for resident, end in zip(layer, stops, strict=True)}
        return ended


SERVERS = ("greenmail", "kafka", "postgres")


@asynccontextmanager
async def housed(stack: Stack, spare_ports: Mapping[str, int]) -> AsyncIterator[House]:
    """Everything runs inside the block; nothing is left after it, however it is left."""
    async with linked(stack) as links:
        house = House(stack=stack, links=links, addresses=addresses_through(stack, links))
        try:
            await house.move_in(spare_ports)
            yield house
        finally:
            await asyncio.shield(house.stop())
