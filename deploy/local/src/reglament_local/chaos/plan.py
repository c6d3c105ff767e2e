"""Which fault comes in which round: a function of the seed and nothing else."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reglament_local.secrets_file import DATABASES

# How often each kind comes, where all are wanted.
WEIGHTS: Mapping[str, int] = {
    "kill": 5,
    "failpoint": 4,
    "freeze": 3,
    "stop": 2,
    "broker": 1,
    "postgres": 3,
    "cut": 3,
    "delay": 2,
    "blackhole": 2,
    "deaf": 2,
    "half-open": 2,
    "reset": 2,
    "throttle": 1,
}
NETWORK = frozenset(("cut", "delay", "blackhole", "deaf", "half-open", "reset", "throttle"))
LINKS = (*(f"postgres-{service}" for service in DATABASES), "kafka", "smtp", "imap")
MOST_PASSINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One round's harm. target: a service's import name, a server or a link.

    choice: 0 to 1, decides between the forms that a kind has; seconds: how long it lasts.
    """

    kind: str
    target: str
    seconds: float
    choice: float
    point: str = ""
    passing: int = 1

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.target, self.point)))


def fault_of(
    seed: int, number: int, kinds: Sequence[str], points: Mapping[str, tuple[str, ...]]
) -> Fault:
    """Round `number` of the run with that seed. points: as failpoints() gives them."""
    rng = random.Random(f"{seed}/round/{number}")  # noqa: S311 - repeatable
    kind = rng.choices(kinds, [WEIGHTS[each] for each in kinds])[0]
    seconds, choice = rng.uniform(1.0, 4.0), rng.random()
    point = rng.choice(sorted(points)) if kind == "failpoint" else ""
    passing = rng.randint(1, MOST_PASSINGS)
    service = rng.choice(points[point] if point else DATABASES)
    target = rng.choice(LINKS) if kind in NETWORK else service
    if kind in {"broker", "postgres"}:
        target = ""
    return Fault(
        kind=kind, target=target, seconds=seconds, choice=choice, point=point, passing=passing
    )


def chosen(text: str) -> tuple[str, ...]:
    """Kinds by comma; none: all. Raises ValueError naming one that does not exist."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := sorted(set(names) - set(WEIGHTS)):
        raise ValueError(f"there is no fault {', '.join(unknown)}; there are {', '.join(WEIGHTS)}")
    return names or tuple(WEIGHTS)
