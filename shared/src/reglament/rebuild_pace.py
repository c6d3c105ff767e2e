"""What keeps a rebuild and PostgreSQL at work at the same time, and the rebuild on its work."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
# Objects that hold others, more than have gone, before those in circles are looked for.
YOUNG = 100_000


async def ahead(batches: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """The same; while one is worked on, the next is read."""
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.ensure_future(anext(batches, None))
            yield batch
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """A batch is many objects, in no circle: to look through them again and again is in vain."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
