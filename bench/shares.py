"""`python -m bench.shares --rate 150 --seconds 15`: the CPU that a ticket costs, by process.

The whole system as `make run` runs it; a ticket is opened, confirmed by letter and on its clock.
The work that a round leaves behind is waited for, and counted. Below the rate at which both cores
are full, batches are small and each ticket costs more: what is idle is used up by waiting less.
"""

import argparse
import sys
from collections import defaultdict

import psutil
import uvloop

from bench.contest import Asked
from bench.driving import cpu_of, listener, until_quiet
from bench.end_to_end import Chain
from bench.end_to_end_seen import sinking
from bench.report import machine
from bench.system import SERVICES, System, system


def spent(running: System) -> dict[str, float]:
    """CPU seconds so far: of each service, of its database's sessions, of Kafka."""
    found: dict[str, float] = defaultdict(float)
    for service in SERVICES:
        found[service] = cpu_of(psutil.Process(listener(running.port(service))))
    found["Kafka"] = cpu_of(psutil.Process(listener(running.kafka_port)))
    for session in psutil.Process(listener(running.postgres_port)).children():
        found[_of_session(session)] += cpu_of(session)
    return found


def _of_session(session: psutil.Process) -> str:
    try:
        told = " ".join(session.cmdline())
    except psutil.NoSuchProcess:
        told = ""
    owner = next((each for each in SERVICES if f" {each} " in told), "server")
    return f"PostgreSQL, {owner}"


async def measured(rate: float, seconds: float) -> str:
    """A line for each, milliseconds a ticket."""
    async with sinking() as sink:
        with system({"NOTIFIER_SMTP": sink.address}) as running:
            chain = Chain(running=running, sink=sink, asked=Asked(seconds=seconds))
            await chain.at(rate)()
            await until_quiet(running.pids)
            before = spent(running)
            played = await chain.at(rate)()
            await until_quiet(running.pids)
            after = spent(running)
    tickets = round(rate * seconds)
    cost = {name: each - before.get(name, 0.0) for name, each in after.items()}
    dearest = sorted(cost.items(), key=lambda each: -each[1])
    lines = [f"{name:24} {each / tickets * 1e3:8.2f}" for name, each in dearest]
    figures = "  ".join(f"{name} {value:,.1f}" for name, value in played.figures.items())
    whole = sum(cost.values()) / tickets * 1e3
    return "\n".join(
        [
            f"{machine()}\n{tickets} tickets at {rate:.0f} a second, ms of CPU a ticket",
            *lines,
            f"{'together':24} {whole:8.2f}",
            f"p50_ms {played.value:,.1f}  {figures}",
        ]
    )


def main() -> int:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=150.0)
    parser.add_argument("--seconds", type=float, default=15.0)
    said = parser.parse_args()
    sys.stdout.write(f"{uvloop.run(measured(said.rate, said.seconds))}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
