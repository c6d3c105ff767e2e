"""Reading ahead gives the very same, in order, and lets nothing run on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from reglament.rebuild_pace import ahead


class Numbers:
    """Counts what was asked of it. fault: instead of the number of this value."""

    def __init__(self, fault: int | None = None) -> None:
        self.asked, self.is_over, self._fault = 0, False, fault

    async def read(self) -> AsyncIterator[int]:
        try:
            for number in range(5):
                self.asked += 1
                await asyncio.sleep(0)
                if number == self._fault:
                    raise LookupError(number)
                yield number
        finally:
            self.is_over = True


async def test_all_comes_in_order() -> None:
    assert [one async for one in ahead(Numbers().read())] == [0, 1, 2, 3, 4]


async def test_one_is_read_while_the_one_before_is_worked_on_and_no_more() -> None:
    numbers = Numbers()
    async with aclosing(ahead(numbers.read())) as reading:
        async for number in reading:
            for _ in range(5):
                await asyncio.sleep(0)
            assert numbers.asked == min(number + 2, 5)


async def test_a_fault_comes_where_it_happened() -> None:
    found: list[int] = []

    async def take() -> None:
        async for number in ahead(Numbers(fault=3).read()):
            found.append(number)  # noqa: PERF401 - what came before the fault

    with pytest.raises(LookupError):
        await take()
    assert found == [0, 1, 2]


async def test_whoever_stops_early_leaves_nobody_reading() -> None:
    numbers, before = Numbers(), asyncio.all_tasks()
    async with aclosing(ahead(numbers.read())) as reading:
        await anext(reading)
    assert numbers.is_over
    assert asyncio.all_tasks() == before
