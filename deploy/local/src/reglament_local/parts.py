"""What the supervisor starts: a recipe with its preparation, its readiness and what follows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from reglament_local.processes import Recipe


async def nothing() -> None:
    """For a part that needs no preparation, or nothing afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`within` seconds `is_ready` must turn true; it never raises for "not yet"."""

    title: str
    recipe: Recipe
    is_ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], Awaitable[None]] = nothing
    settle: Callable[[], Awaitable[None]] = nothing
    within: float = 60.0
