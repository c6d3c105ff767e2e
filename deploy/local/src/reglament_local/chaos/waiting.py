"""Waiting for a condition, with a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.05


async def until(
    question: Callable[[], Awaitable[bool]], within: float, what: str, poll: float = POLL_SECONDS
) -> None:
    """Ask until the answer is true. Raises TimeoutError with `what` after `within` seconds."""
    bound = time.monotonic() + within
    while not await question():
        if time.monotonic() > bound:
            raise TimeoutError(f"{what} (after {within:.0f} s)")
        await asyncio.sleep(poll)
