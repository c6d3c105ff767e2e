"""The queue before a group commit, simulated: what a request waits at so many a second.

`python -m bench.queueing --few CLIENTS RATE --many CLIENTS RATE`: from two measured points, at
which rate the wait gets long. `--clients 16 64`: how many requests come together in a batch.

One server takes all that wait, at most LARGEST, into one transaction; what comes meanwhile waits
for the next (architecture 2). A transaction takes `batch + each x size` seconds: what it costs
once (round trips, the disk), and for every request in it. Arrivals are random (Poisson).
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

LARGEST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds: of a batch, of each request in it, of each outside of it (before and after)."""

    batch: float
    each: float
    beside: float = 0.0

    @property
    def most(self) -> float:
        """Requests a second at which the largest batches only just suffice."""
        return LARGEST / (self.batch + LARGEST * (self.each + self.beside))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """What came of it: seconds until the answer, requests a batch, share of time at work."""

    p50: float
    p99: float
    batch: float
    busy: float


def arrivals(rate: float, number: int, seed: int = 8) -> Iterator[float]:
    """Instants in seconds, at random, `rate` a second on the average."""
    chosen, at = random.Random(seed), 0.0  # noqa: S311 - the same ones every time
    for _ in range(number):
        at += chosen.expovariate(rate)
        yield at


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a queue did. done: when each was through, in the order of arrival; busy: seconds."""

    done: Sequence[float]
    batches: int
    busy: float


def served(coming: Sequence[float], costs: Costs) -> Served:
    """One server, those that wait together in one batch. coming: in order."""
    done: list[float] = []
    free, place, busy, batches, number = 0.0, 0, 0.0, 0, len(coming)
    while place < number:
        begin = max(free, coming[place])
        end = place
        while end < number and end - place < LARGEST and coming[end] <= begin:
            end += 1
        took = costs.batch + (end - place) * (costs.each + costs.beside)
        free = begin + took
        done += [free] * (end - place)
        place, busy, batches = end, busy + took, batches + 1
    return Served(done=done, batches=batches, busy=busy)


def simulate(rate: float, costs: Costs, number: int = 50_000) -> Waited:
    """The queue at that rate."""
    coming = list(arrivals(rate, number))
    found = served(coming, costs)
    waits = sorted(done - at for done, at in zip(found.done, coming, strict=True))
    return Waited(
        p50=waits[number // 2],
        p99=waits[int(number * 0.99)],
        batch=number / found.batches,
        busy=found.busy / found.done[-1],
    )


def closed(clients: int, costs: Costs) -> float:
    """Requests a second of so many clients that ask again at once: all are in each batch."""
    size = min(clients, LARGEST)
    return size / (costs.batch + size * (costs.each + costs.beside))


# By their CPU (docs/performance.md, what opening a ticket costs); round trips of a millisecond.
LOOK_UP = Costs(batch=0.001, each=0.00023)
WRITE = Costs(batch=0.002, each=0.00058)


def ring(clients: int, queues: Sequence[Costs], batches: int = 2000) -> list[float]:
    """Requests a batch at each of several queues, of clients that ask again as soon as they are
    answered: a POST waits first for the look-up of all who wait, then for their write.

    The clients come to the first queue one after another, a tenth of a batch apart.
    """
    apart = queues[0].batch / 10
    waiting = [[number * apart for number in range(clients)], *([] for _ in queues[1:])]
    free, taken, number = [0.0] * len(queues), [0] * len(queues), [0] * len(queues)
    while min(number) < batches:
        begins = [max(free[at], min(some, default=inf)) for at, some in enumerate(waiting)]
        begin, place = min((begin, place) for place, begin in enumerate(begins))
        size = min(LARGEST, sum(at <= begin for at in waiting[place]))
        waiting[place] = sorted(waiting[place])[size:]
        costs = queues[place]
        free[place] = begin + costs.batch + size * (costs.each + costs.beside)
        waiting[(place + 1) % len(queues)] += [free[place]] * size
        taken[place], number[place] = taken[place] + size, number[place] + 1
    return [some / batch for some, batch in zip(taken, number, strict=True)]


def fitted(few: tuple[int, float], many: tuple[int, float]) -> Costs:
    """The costs by which two measured points, (clients, requests a second), come out.

    Raises ValueError where more clients come to less.
    """
    (less, slow), (more, quick) = few, many
    each = (more / quick - less / slow) / (more - less)
    batch = less / slow - less * each
    if each < 0 or batch < 0:
        raise ValueError(f"{more} clients got {quick}, {less} got {slow}: no such queue")
    return Costs(batch=batch, each=each)


def main() -> int:
    """A line a rate, from two measured points; or a line a number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", nargs=2, type=float, metavar=("CLIENTS", "RATE"))
    parser.add_argument("--many", nargs=2, type=float, metavar=("CLIENTS", "RATE"))
    parser.add_argument("--clients", nargs="+", type=int, help="how many requests a batch has")
    asked = parser.parse_args()
    if asked.clients:
        for clients in asked.clients:
            size = ring(clients, (LOOK_UP, WRITE))[-1]
            sys.stdout.write(f"{clients:4} clients: {size:6.1f} requests a batch\n")
        return 0
    if not (asked.few and asked.many):
        parser.error("--few and --many, or --clients")
    few, many = ((int(clients), rate) for clients, rate in (asked.few, asked.many))
    costs = fitted(few, many)
    sys.stdout.write(
        f"a batch {costs.batch * 1e3:.2f} ms, each in it {costs.each * 1e6:.0f} us, "
        f"at most {costs.most:,.0f} a second\n"
    )
    for share in (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95):
        found = simulate(costs.most * share, costs)
        sys.stdout.write(
            f"  {costs.most * share:8,.0f} a second: p50 {found.p50 * 1e3:7.1f} ms, "
            f"p99 {found.p99 * 1e3:7.1f} ms, {found.batch:6.1f} a batch, {found.busy:4.0%} busy\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
