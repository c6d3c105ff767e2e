"""What a bench is: ours, the machine's limit and peers, each doing one round at a time in turns.

A bench is a module with a `BENCH`, named in `bench.__main__.MODULES`:

    async def one_round() -> Round: ...           # does some work, says what it came to

    @asynccontextmanager
    async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
        ... start what is needed, fill it ...
        yield [Contest(name="relay", unit="records/s", ours=…, limit=…, peers={"…": …},
                       goals=(Goal(against=LIMIT, at_least=0.6),))]

    BENCH = Bench(name="relay", prepare=prepared)

A round's value is a rate (more is better) or a time (less is better): the unit and the goals say
which. Ratios are always ours / theirs, of the same round; what counts is the median of the rounds.
"""

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from bench.rounds import FEWEST

OURS, LIMIT = "ours", "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """value: in the contest's unit; figures: what else is worth telling (p99_ms, cpu_us, …)."""

    value: float
    figures: Mapping[str, float] = field(default_factory=dict)


Play = Callable[[], Awaitable[Round]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The ratio to `limit`, or to a peer by its name, that issue 8 asks for.

    figure: of this figure of the rounds instead of their value.
    """

    against: str
    at_least: float | None = None
    at_most: float | None = None
    figure: str | None = None

    def is_reached(self, ratio: float) -> bool:
        """Whether the ratio is within the bounds."""
        is_enough = self.at_least is None or ratio >= self.at_least
        return is_enough and (self.at_most is None or ratio <= self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One row of the report. settle: waits until the machine is quiet after a round of ours."""

    name: str
    unit: str
    ours: Play
    limit: Play
    peers: Mapping[str, Play] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    settle: Callable[[], Awaitable[None]] | None = None

    @property
    def plays(self) -> dict[str, Play]:
        """Everybody, in the order in which they play."""
        return {OURS: self.ours, LIMIT: self.limit, **self.peers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says. seconds: of a round; tickets: in the stores that are read."""

    rounds: int = FEWEST
    seconds: float = 5.0
    tickets: int = 1_000_000
    clients: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """prepare: starts and fills what its contests need; they are over when it is left."""

    name: str
    prepare: Callable[[Asked], AbstractAsyncContextManager[Sequence[Contest]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All rounds of a contest, by contestant."""

    contest: Contest
    rounds: Mapping[str, Sequence[Round]]

    def values(self, who: str, figure: str | None = None) -> list[float]:
        """Of every round."""
        return [each.value if figure is None else each.figures[figure] for each in self.rounds[who]]

    def median(self, who: str, figure: str | None = None) -> float:
        """Of the middle round."""
        return statistics.median(self.values(who, figure))

    def ratio(self, other: str, figure: str | None = None) -> float:
        """Ours to theirs: the median over rounds that stood next to one another."""
        pairs = zip(self.values(OURS, figure), self.values(other, figure), strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def figures(self, who: str) -> dict[str, float]:
        """The median of every figure that all of its rounds have."""
        told = [set(each.figures) for each in self.rounds[who]]
        return {name: self.median(who, name) for name in sorted(set.intersection(*told))}


def _silently(_: str) -> None: ...


async def play(contest: Contest, rounds: int, say: Callable[[str], object] = _silently) -> Result:
    """Each once to warm up, then A B C A B C …, `rounds` times. say: hears of every round."""
    if rounds < FEWEST:
        raise ValueError(f"at least {FEWEST} rounds")
    found: dict[str, list[Round]] = {who: [] for who in contest.plays}
    for number in range(rounds + 1):
        for who, one_round in contest.plays.items():
            played = await one_round()
            say(f"  {contest.name} {number} {who}: {played.value:,.1f} {contest.unit}\n")
            if number:
                found[who].append(played)
            if who == OURS and contest.settle is not None:
                await contest.settle()
    return Result(contest=contest, rounds=found)
