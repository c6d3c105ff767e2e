"""Questions of many who wait at one time, asked as one: a round trip for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
MOST = 256


class Gathering(Generic[Q, A]):
    """Asks for one lot at a time; who comes meanwhile is in the next. No added wait when idle.

    answer: the answers to several questions, in their order. Where it fails for several, each is
    asked alone: nobody suffers by what another one asks. idle: told when nobody waits any more.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        idle: Callable[[], object] = lambda: None,
    ) -> None:
        self._answer, self._idle = answer, idle
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """Its answer. Raises what asking raised."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask_all(), name="gathering")
        return await future

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                lot, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if asked := [each for each in lot if not each[1].done()]:
                    await self._settle(asked)
        finally:
            self._idle()

    async def _settle(self, lot: Sequence[tuple[Q, "asyncio.Future[A]"]]) -> None:
        """Everyone gets an answer, whatever happens."""
        try:
            answers = await self._answer([question for question, _ in lot])
        except Exception as fault:  # noqa: BLE001 - it is told
            if len(lot) == 1:
                _tell(lot[0][1], fault)
                return
            await asyncio.gather(*(self._settle([each]) for each in lot))
        except asyncio.CancelledError:
            for _, future in lot:
                future.cancel()
            raise
        else:
            for (_, future), found in zip(lot, answers, strict=True):
                _tell(future, found)


def _tell(future: "asyncio.Future[A]", outcome: A | Exception) -> None:
    """One that was cancelled does not hear it."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


class Alike(Generic[Q, A]):
    """Asks the same question once for all who wait for its answer at one time.

    As in a Gathering an answer is never older than the question; nobody waits for another question.
    """

    def __init__(self) -> None:
        self._asked: dict[Q, Gathering[Callable[[], Awaitable[A]], A]] = {}

    async def ask(self, question: Q, answer: Callable[[], Awaitable[A]]) -> A:
        """answer: asked of one for all. Raises what it raised, to all of them."""
        gathering = self._asked.get(question)
        if gathering is None:
            gathering = Gathering(_first, partial(self._asked.pop, question))
            self._asked[question] = gathering
        return await gathering.ask(answer)


async def _first(
    answers: Sequence[Callable[[], Awaitable[A]]],
) -> Sequence[A | Exception]:
    found: A | Exception
    try:
        found = await answers[0]()
    except Exception as fault:  # noqa: BLE001 - all are told
        found = fault
    return [found] * len(answers)
