"""From when a POST was due until its clock stands in sla-clock, and until its letter is at SMTP.

Requests are due at even intervals whatever the answers do, and waiting counts from when they were
due. All instants are of the machine's one monotonic clock. The limit is a bare chain of two
processes on the same PostgreSQL and Kafka at the same rate: a row committed, a record
acknowledged, fetched, a row committed (`bench.end_to_end_bare`).

The value is the median until the clock, in milliseconds; of a chain that does not keep up it
says how far it fell behind, and `kept` (tickets a second until the last clock) what it carries.
Each ticket's requester has a domain of its own: letters to one domain go four at a time.
"""

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Play, Round
from bench.driver import MARK, Kept, Plan
from bench.driving import driven, request, until_quiet
from bench.end_to_end_hops import Hops
from bench.end_to_end_limit import bare
from bench.end_to_end_seen import Clocks, Sink, sinking
from bench.open_ticket import BODY, DESK, beside
from bench.sizes import Sizes
from bench.system import System, system
from reglament.ids import new_id

RATES = (200.0, 50.0)
GOALS = (
    Goal(against=LIMIT, at_most=3.0),
    Goal(against=LIMIT, at_most=5.0, figure="p99_ms"),
    Goal(against=LIMIT, at_most=3.0, figure="letter_p50_ms"),
    Goal(against=LIMIT, at_most=5.0, figure="letter_p99_ms"),
)


def asking(key: str, named: str) -> str:
    """A request whose requester nobody else has; `named` tells a round's letters from others'."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f'"{named}-{MARK}"'}
    requester = {"name": "Ann Clark", "email": f"ann@{MARK}.{named}.client.example"}
    body = BODY | {"subject": f"No connection {named} {MARK}", "requester": requester}
    return request("POST", f"/v1/desks/{DESK}/tickets", headers, json.dumps(body))


def quantile(waits: Sequence[float], share: float) -> float:
    """In milliseconds, of waits in seconds."""
    return sorted(waits)[int(len(waits) * share)] * 1000


def waited(
    kept: Sequence[Kept], clocks: Mapping[int, float], letters: Mapping[int, float]
) -> Round:
    """A round's figures. clocks, letters: when each number's was there."""
    clock = [clocks[one.number] - one.due for one in kept]
    letter = [letters[one.number] - one.due for one in kept]
    answer = [one.answered - one.due for one in kept]
    first = min(one.due for one in kept)
    figures = {
        "p99_ms": quantile(clock, 0.99),
        "letter_p50_ms": quantile(letter, 0.5),
        "letter_p99_ms": quantile(letter, 0.99),
        "answer_p50_ms": quantile(answer, 0.5),
        "answer_p99_ms": quantile(answer, 0.99),
        "kept": len(kept) / (max(clocks.values()) - first),
        "letters_kept": len(kept) / (max(letters.values()) - first),
    }
    return Round(value=quantile(clock, 0.5), figures=figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The whole system, with a mail server that says when a letter was handed over."""

    running: System
    sink: Sink
    asked: Asked

    def at(self, rate: float) -> Play:
        """Rounds at so many requests a second."""
        return partial(self._round, rate)

    async def _round(self, rate: float) -> Round:
        named = new_id()[-12:]
        key = self.running.key(DESK, "integrator")
        plan = Plan(
            port=self.running.port("intake"),
            requests=[asking(key, named)],
            clients=max(self.asked.clients, round(rate)),
            seconds=self.asked.seconds,
            rate=rate,
            keeps=True,
        )
        hops = await Hops.begun(self.running)
        async with Clocks.watched(self.running.ready["databases"]["sla_clock"]) as seen:
            kept = (await driven(plan)).kept
            tickets = {one.number: str(json.loads(one.body)["id"]) for one in kept}
            clocks = await seen.all_of(tickets)
            letters = await self.sink.all_of(named, tickets)
        played = waited(kept, clocks, letters)
        return Round(value=played.value, figures={**played.figures, **await hops.told()})


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """The whole system, whose letters come to us, and a database for the bare chain."""
    async with sinking() as sink:
        with system({"NOTIFIER_SMTP": sink.address}) as running:
            async with beside(running) as dsn:
                chain, sizes = Chain(running=running, sink=sink, asked=asked), Sizes(running)
                await sizes.begin()
                yield [contest(chain, dsn, rate) for rate in RATES]
                sys.stdout.write(f"{await sizes.tell()}\n")


def contest(chain: Chain, dsn: str, rate: float) -> Contest:
    """Ours and the bare chain at one rate; the goals are of the highest."""
    kafka = str(chain.running.ready["kafka"])
    return Contest(
        name="end_to_end" if rate == RATES[0] else f"end_to_end_{rate:.0f}",
        unit="ms",
        ours=chain.at(rate),
        limit=partial(bare, dsn, kafka, rate, chain.asked.seconds),
        goals=GOALS if rate == RATES[0] else (),
        settle=partial(until_quiet, chain.running.pids),
    )


BENCH = Bench(name="end_to_end", prepare=prepared)
