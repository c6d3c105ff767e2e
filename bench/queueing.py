"""The queue before a group commit, simulated: what a request waits at so many a second.

`python -m bench.queueing`: of the rows of `.run/bench.json` it takes what one request costs its
service, and what a batch costs whatever its size, and says at which rate the wait gets long.

One server takes all that wait, at most LARGEST, into one transaction; what comes meanwhile waits
for the next (architecture 2). A transaction takes `batch + each x size` seconds: what it costs
once (round trips, the disk), and for every request in it. Arrivals are random (Poisson).
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    """A line a rate, from two measured points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", nargs=2, type=float, required=True, metavar=("CLIENTS", "RATE"))
    parser.add_argument("--many", nargs=2, type=float, required=True, metavar=("CLIENTS", "RATE"))
    asked = parser.parse_args()
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
