"""The chain of an end to end as three queues in line, simulated and held against what was measured.

`python -m bench.end_to_end_model`, after `python -m bench --only end_to_end`. The queues are
intake's group commit, the relay, sla-clock's consumer: each takes all that waits into one batch,
which costs `batch + each x size`. Both costs of each queue are fitted to how long it took on the
median at the two measured rates; the 99th percentiles of the whole are not fitted: by them one
sees whether it is such a chain. Prints both, with the error.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.queueing import Costs, served
from bench.rounds import REPORT

ROWS = {"end_to_end_50": 50.0, "end_to_end": 200.0}
OTHERS = (10.0, 100.0, 150.0, 300.0)
# Seconds; steps of a sixth, over all that a batch or a record may cost.
BATCHES = [0.001 * 1.2**step for step in range(40)]
EACHES = [0.0001 * 1.2**step for step in range(34)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measured rate. reached: milliseconds from due until through the first, second, third
    queue, on the median; p99: of the third.
    """

    rate: float
    seconds: float
    reached: tuple[float, float, float]
    p99: float

    def coming(self) -> list[float]:
        """Requests due at even intervals, as the driver has them."""
        return [number / self.rate for number in range(round(self.rate * self.seconds))]


def point(rate: float, seconds: float, kept: Mapping[str, Any]) -> Point:
    """What a row of `.run/bench.json` says of ours. The relay's hop is told as a mean."""
    figures, p50 = kept["figures"]["ours"], float(kept["ours"])
    answered = figures["answer_p50_ms"]
    relayed = min(max(figures["relay_ms"], answered), p50)
    return Point(
        rate=rate, seconds=seconds, reached=(answered, relayed, p50), p99=figures["p99_ms"]
    )


def through(coming: Sequence[float], chain: Sequence[Costs]) -> list[float]:
    """When each is out of the last queue; what one queue lets go is what comes to the next."""
    at = list(coming)
    for costs in chain:
        at = list(served(at, costs).done)
    return at


def waits(coming: Sequence[float], chain: Sequence[Costs]) -> list[float]:
    """Milliseconds, in order of size."""
    done = through(coming, chain)
    return sorted((end - at) * 1000 for end, at in zip(done, coming, strict=True))


def fitted(points: Sequence[Point]) -> list[Costs]:
    """A queue after the other, each so that the medians come out as nearly as they can."""
    chain: list[Costs] = []
    for place in range(3):
        tried = [Costs(batch=batch, each=each) for batch in BATCHES for each in EACHES]
        chain.append(min(tried, key=lambda costs: _off([*chain, costs], points, place)))
    return chain


def _off(chain: Sequence[Costs], points: Sequence[Point], place: int) -> float:
    return sum(
        math.log(median(waits(one.coming(), chain)) / one.reached[place]) ** 2 for one in points
    )


def told(chain: Sequence[Costs], points: Sequence[Point]) -> str:
    """The costs, the comparison, what other rates would come to."""
    names = ("group commit", "relay", "consumer")
    lines = [
        f"{name:13} a batch {costs.batch * 1e3:7.1f} ms, each in it {costs.each * 1e3:6.2f} ms, "
        f"at most {costs.most:6,.0f} a second"
        for name, costs in zip(names, chain, strict=True)
    ]
    for one in points:
        found = waits(one.coming(), chain)
        for name, measured, share in (("p50", one.reached[2], 0.5), ("p99", one.p99, 0.99)):
            came = found[int(len(found) * share)]
            lines.append(
                f"{one.rate:4.0f}/s {name}: measured {measured:8.1f} ms, simulated {came:8.1f} ms, "
                f"off by {came / measured - 1:+.0%}"
            )
    for rate in OTHERS:
        found = waits([number / rate for number in range(round(rate * points[0].seconds))], chain)
        last = found[int(len(found) * 0.99)]
        lines.append(f"{rate:4.0f}/s: p50 {median(found):8.1f} ms, p99 {last:8.1f} ms (simulated)")
    return "\n".join(lines)


def main() -> int:
    """From the rows of the last run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of a round of that run")
    seconds = parser.parse_args().seconds
    kept = json.loads(REPORT.read_text(encoding="utf-8"))
    points = [point(rate, seconds, kept[name]) for name, rate in ROWS.items()]
    sys.stdout.write(f"{told(fitted(points), points)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
