"""GETs at many tickets: a history, a ticket's clocks, a desk's list; against a route with no work.

A round asks as fast as it is answered, then at an even rate, by which `p50_ms` and `p99_ms` are:
a full queue says nothing of a server but that it is full.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil

from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Play, Round
from bench.driver import Plan
from bench.driving import Meter, driven, http_round, listener, metered, request
from bench.filling import fill, of_intake, of_sla_clock, ticket_of
from bench.rounds import keep
from bench.system import SERVICES, System, peers, system

DESK = "remsys"
SAMPLE, RATE = 5_000, 100.0
PATHS = {
    "history_read": ("intake", "/v1/tickets/{ticket}/history"),
    "sla_read": ("sla_clock", "/v1/tickets/{ticket}/sla"),
    "list": ("intake", "/v1/tickets?limit=25"),
}
GOALS = (
    Goal(against=LIMIT, at_least=0.5),
    Goal(against=LIMIT, at_most=3.0, figure="p99_ms"),
)


def asking(path: str, key: str, tickets: int) -> list[str]:
    """GETs of tickets at random, the same ones in every run."""
    chosen = random.Random(8)  # noqa: S311 - the same questions every time
    headers = {"Authorization": f"Bearer {key}"}
    numbers = [chosen.randint(1, tickets) for _ in range(SAMPLE if "{ticket}" in path else 1)]
    return [request("GET", path.format(ticket=ticket_of(number)), headers) for number in numbers]


def getting(plan: Plan, meter: Meter) -> Play:
    """How many a second; and how long one takes where they come evenly."""

    async def one_round() -> Round:
        most = await http_round(plan, meter)
        evenly = await driven(replace_rate(plan))
        figures = {**most.figures, "p50_ms": evenly.p50_ms, "p99_ms": evenly.p99_ms}
        return replace(most, figures=figures)

    return one_round


def replace_rate(plan: Plan) -> Plan:
    """The same at an even rate that nobody is hurried by."""
    return Plan(
        port=plan.port,
        requests=plan.requests,
        clients=plan.clients,
        seconds=plan.seconds,
        rate=RATE,
    )


def contests(running: System, empty: int, asked: Asked) -> list[Contest]:
    """All three, at so many tickets."""
    key = running.key(DESK, "agent")
    nothing = asking("/v1/tickets/{ticket}", key, asked.tickets)

    def reading(port: int, requests: list[str], meter: Meter) -> Play:
        plan = Plan(port=port, requests=requests, clients=asked.clients, seconds=asked.seconds)
        return getting(plan, meter)

    return [
        Contest(
            name=name,
            unit="requests/s",
            ours=reading(
                running.port(service), asking(path, key, asked.tickets), running.meter(service)
            ),
            limit=reading(empty, nothing, metered(empty)),
            goals=GOALS,
        )
        for name, (service, path) in PATHS.items()
    ]


async def filled(running: System, first: int, last: int) -> None:
    """Tickets by their numbers, in both services."""
    databases = running.ready["databases"]
    await fill(databases["intake"], of_intake(DESK), first, last)
    await fill(databases["sla_clock"], of_sla_clock(DESK), first, last)


def sizes(running: System) -> dict[str, float]:
    """Memory of each service by now, in MB."""
    return {
        name: psutil.Process(listener(running.port(name))).memory_info().rss / 1e6
        for name in SERVICES
    }


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """The whole system with so many tickets; what each service holds in memory is kept too."""
    with system() as running, peers("empty") as ports:
        await filled(running, 1, asked.tickets)
        idle = sizes(running)
        yield contests(running, ports["empty"], asked)
        told = {"tickets": asked.tickets, "unit": "MB", "idle": idle, "after_reads": sizes(running)}
        keep("memory", told)


BENCH = Bench(name="reads", prepare=prepared)
