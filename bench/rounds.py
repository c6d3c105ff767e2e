"""Contestants measured in turns, A B C A B C, so that a busy moment hurts all of them alike.

What each round took goes through `summary` to the reader and, with the ratios, to
`.run/bench.json`, where one run's rows stand together under the bench's name.
"""

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

REPORT = Path(".run/bench.json")
FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """run: does `operations` of the thing measured. cpu: time of this process, not of the wall."""

    name: str
    run: Callable[[], object]
    operations: int
    cpu: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds an operation took: the quickest round, the middle one, the slowest."""

    name: str
    operations: int
    least: float
    median: float
    most: float

    @property
    def per_second(self) -> float:
        """Operations a second, of the middle round."""
        return 1 / self.median


def measure(*contestants: Contestant, rounds: int = FEWEST) -> dict[str, Measured]:
    """Every contestant once before the count starts, then each in its turn, `rounds` times."""
    if rounds < FEWEST:
        raise ValueError(f"at least {FEWEST} rounds")
    for contestant in contestants:
        contestant.run()
    took: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            took[contestant.name].append(_once(contestant))
    return {
        contestant.name: Measured(
            name=contestant.name,
            operations=contestant.operations,
            least=min(took[contestant.name]),
            median=statistics.median(took[contestant.name]),
            most=max(took[contestant.name]),
        )
        for contestant in contestants
    }


def _once(contestant: Contestant) -> float:
    now = process_time if contestant.cpu else perf_counter
    begun = now()
    contestant.run()
    return (now() - begun) / contestant.operations


def ratio(quick: Measured, slow: Measured) -> float:
    """How many times `slow` takes what `quick` takes, by the middle rounds."""
    return slow.median / quick.median


def summary(found: Mapping[str, Measured]) -> str:
    """A line a contestant: microseconds an operation, and how many a second."""
    width = max(len(name) for name in found)
    return "\n".join(
        f"  {one.name:{width}}  min {one.least * 1e6:10.2f}  median {one.median * 1e6:10.2f}"
        f"  max {one.most * 1e6:10.2f} us   {one.per_second:12,.0f} a second"
        for one in found.values()
    )


def keep(bench: str, rows: Mapping[str, object], path: Path = REPORT) -> None:
    """Put a bench's rows in place of its last ones; the other benches' stay."""
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**told, bench: rows}, indent=1, default=_plain)
    path.write_text(text + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if not isinstance(value, Measured):
        raise TypeError(f"{value!r} is no figure")
    return {
        "operations": value.operations,
        "min_us": value.least * 1e6,
        "median_us": value.median * 1e6,
        "max_us": value.most * 1e6,
    }
