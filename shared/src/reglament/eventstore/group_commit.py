"""Gathers commits in flight into one transaction; no added wait when idle (architecture 2)."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from reglament.errors import OutcomeUnknown, ReglamentError, Unavailable
from reglament.eventstore.batch import Entry
from reglament.eventstore.store import Appended, Commit

LARGEST_BATCH = 256
LONGEST_QUEUE = 10_000
PATIENCE_SECONDS = 10.0
RETRY_SECONDS = 0.05
Run = Callable[[Sequence[Entry], bool], Awaitable[None]]


class Again(Exception):
    """Nothing was written and the same may pass next time: a race, a deadlock, a lost line."""


@dataclass(slots=True, kw_only=True, eq=False)
class Waiter:
    """One that waits for its commit. taken: it is in a transaction that has begun."""

    commit: Commit
    future: "asyncio.Future[Appended]"
    taken: bool = False
    since: float = field(default_factory=time.monotonic)

    def tell(self, outcome: Appended | BaseException | None) -> None:
        """Its result; one that was cancelled does not hear it."""
        if self.future.done():
            return
        if isinstance(outcome, Appended):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome or Unavailable("no outcome"))

    @property
    def claims(self) -> set[object]:
        """What no two commits of one transaction may share: a stream, an idempotency key."""
        claims: set[object] = {part.stream for part in self.commit.parts}
        if key := self.commit.context.idempotency:
            claims.add((key.scope, key.key))
        return claims


class GroupCommit:
    """Writes with one transaction at a time; what comes meanwhile goes into the next.

    run: writes a batch durably and sets the outcomes. Raises Again (nothing was written),
    OutcomeUnknown, or whatever is wrong with the data.
    """

    def __init__(self, run: Run, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._run, self._patience = run, patience_seconds
        self._queue: deque[Waiter] = deque()
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write_forever(), name="group-commit")

    async def stop(self, seconds: float) -> None:
        """Write what waits, at most for `seconds`; the rest is told Unavailable."""
        task, self._task = self._task, None
        if task is None:
            return
        left = [waiter.future for waiter in self._queue]
        if left and not task.done():
            await asyncio.wait(left, timeout=seconds)
        task.cancel()
        await asyncio.wait([task], timeout=seconds)
        while self._queue:
            self._queue.popleft().tell(Unavailable("the process is stopping"))

    async def submit(self, commit: Commit) -> Appended:
        """The commit's own result. Raises Unavailable, OutcomeUnknown after the patience."""
        if self._task is None or self._task.done() or len(self._queue) >= LONGEST_QUEUE:
            raise Unavailable("the event store takes nothing now")
        loop = asyncio.get_running_loop()
        waiter = Waiter(commit=commit, future=loop.create_future())
        self._queue.append(waiter)
        self._awake.set()
        # No asyncio.timeout, which costs twice as much as all else here.
        patience = loop.call_later(self._patience, self._give_up, waiter)
        try:
            return await waiter.future
        finally:
            patience.cancel()

    def _give_up(self, waiter: Waiter) -> None:
        error = OutcomeUnknown if waiter.taken else Unavailable
        waiter.tell(error(f"not stored within {self._patience} s"))

    async def _write_forever(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            while batch := self._next_batch():
                await self._settle(batch)

    def _next_batch(self) -> list[Waiter]:
        """The oldest that wait; of those that share a stream only the first."""
        claimed: set[object] = set()
        batch: list[Waiter] = []
        later: list[Waiter] = []
        while self._queue and len(batch) < LARGEST_BATCH:
            waiter = self._queue.popleft()
            if waiter.future.done():
                continue
            claims = waiter.claims
            (batch if claims.isdisjoint(claimed) else later).append(waiter)
            claimed |= claims
        self._queue.extendleft(reversed(later))
        return batch

    async def _settle(self, batch: Sequence[Waiter]) -> None:
        """Everyone gets a result, whatever happens."""
        try:
            await self._write(batch)
        except asyncio.CancelledError:
            self._tell(batch, OutcomeUnknown("cancelled while it was written"))
            if self._task is None:
                raise  # by `stop`; any other cancellation came from within the driver
        except Exception as fault:  # noqa: BLE001 - it is told
            if len(batch) == 1 or isinstance(fault, ReglamentError):
                self._tell(batch, fault)
                return
            # Somebody's data is at fault: find out whose, without harm to the neighbours.
            for waiter in batch:
                await self._settle([waiter])

    async def _write(self, batch: Sequence[Waiter]) -> None:
        careful = False
        while True:
            entries = [Entry(commit=waiter.commit) for waiter in batch]
            for waiter in batch:
                waiter.taken = True
            try:
                await self._run(entries, careful)
            except Again as fault:
                for waiter in batch:
                    waiter.taken = False
                if self._is_too_late(batch):
                    raise Unavailable(str(fault)) from fault
                await asyncio.sleep(RETRY_SECONDS if careful else 0)
                careful = True
            else:
                for waiter, entry in zip(batch, entries, strict=True):
                    waiter.tell(entry.outcome)
                return

    def _is_too_late(self, batch: Sequence[Waiter]) -> bool:
        newest = max(waiter.since for waiter in batch)
        return time.monotonic() - newest > self._patience

    def _tell(self, batch: Sequence[Waiter], fault: Exception) -> None:
        for waiter in batch:
            waiter.tell(fault)
