"""Waiting for a condition, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.05


async def eventually(
    question: Callable[[], Awaitable[T]],
    timeout: float = 30.0,  # noqa: ASYNC109 the bound of a poll, told in the failure
    poll: float = POLL_SECONDS,
) -> T:
    """Asks until the answer is true (or, for an assertion in it, until it holds); gives the answer.

    Raises AssertionError with the last answer or failure after `timeout` seconds.
    """
    bound = time.monotonic() + timeout
    failure: AssertionError | None = None
    while True:
        try:
            answer = await question()
        except AssertionError as error:
            failure, told = error, str(error)
        else:
            if answer:
                return answer
            failure, told = None, f"answer was {answer!r}"
        if time.monotonic() > bound:
            raise AssertionError(f"not within {timeout} s: {told}") from failure
        await asyncio.sleep(poll)
