"""Who asks while an answer is on its way is in the next lot; everyone hears of their own."""

import asyncio
from collections.abc import Sequence

import pytest

from reglament.gathering import MOST, Alike, Gathering


class Oracle:
    """Doubles numbers, lot by lot; refuses a lot with a negative one."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.open, self.asked = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def answer(self, questions: Sequence[int]) -> Sequence[int]:
        self.lots.append(list(questions))
        self.asked.set()
        await self.open.wait()
        if min(questions) < 0:
            raise ValueError(min(questions))
        return [2 * each for each in questions]


async def test_those_who_ask_at_once_are_asked_together() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle.answer)
    answers = await asyncio.gather(*(gathering.ask(number) for number in range(5)))
    assert answers == [0, 2, 4, 6, 8]
    assert oracle.lots == [[0, 1, 2, 3, 4]]


async def test_who_comes_meanwhile_is_in_the_next_lot() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle.answer)
    oracle.open.clear()
    first = asyncio.create_task(gathering.ask(1))
    await oracle.asked.wait()
    later = [asyncio.create_task(gathering.ask(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    oracle.open.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6]
    assert oracle.lots == [[1], [2, 3]]


async def test_one_bad_question_harms_nobody_else() -> None:
    gathering = Gathering(Oracle().answer)
    asked = (gathering.ask(number) for number in (1, -1, 2))
    first, bad, last = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, last) == (2, 4)
    assert isinstance(bad, ValueError)


async def test_one_who_gives_up_is_not_asked_for_and_harms_nobody() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle.answer)
    tasks = [asyncio.create_task(gathering.ask(number)) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert (answers[0], answers[2]) == (0, 4)
    assert isinstance(answers[1], asyncio.CancelledError)


async def test_a_lot_has_its_bound() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle.answer)
    await asyncio.gather(*(gathering.ask(number) for number in range(MOST + 1)))
    assert [len(lot) for lot in oracle.lots] == [MOST, 1]


async def test_it_can_be_asked_again_after_a_fault() -> None:
    gathering = Gathering(Oracle().answer)
    with pytest.raises(ValueError, match="-1"):
        await gathering.ask(-1)
    assert await gathering.ask(1) == 2


async def test_the_same_question_is_asked_once_and_another_one_waits_for_nobody() -> None:
    alike: Alike[str, str] = Alike()
    asked: list[str] = []
    gates = {"slow": asyncio.Event(), "quick": asyncio.Event()}

    async def answer(question: str) -> str:
        asked.append(question)
        await gates[question].wait()
        return f"{question} {asked.count(question)}"

    def ask(question: str) -> "asyncio.Task[str]":
        return asyncio.create_task(alike.ask(question, lambda: answer(question)))

    first = [ask("slow"), ask("slow")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [ask("slow"), ask("slow"), ask("slow")]
    gates["quick"].set()
    assert await ask("quick") == "quick 1"
    gates["slow"].set()
    assert await asyncio.gather(*first) == ["slow 1"] * 2
    assert await asyncio.gather(*later) == ["slow 2"] * 3
    assert alike._asked == {}


async def test_what_fails_is_asked_once_and_told_to_all() -> None:
    alike: Alike[str, str] = Alike()
    asked = 0

    async def answer() -> str:
        nonlocal asked
        asked += 1
        raise LookupError("nothing")

    outcomes = await asyncio.gather(
        *(alike.ask("a", answer) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [LookupError] * 3
    assert asked == 1
    assert alike._asked == {}


async def test_of_one_who_goes_away_nothing_is_kept() -> None:
    alike: Alike[str, str] = Alike()
    gate = asyncio.Event()

    async def answer() -> str:
        await gate.wait()
        return "a"

    asking = asyncio.create_task(alike.ask("a", answer))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    gate.set()
    assert await alike.ask("b", answer) == "a"
    assert alike._asked == {}
