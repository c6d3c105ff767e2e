"""Background loops under a supervisor: one that fails is logged, counted and started again."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from reglament import clock, metrics
from reglament.messaging.faults import Halted, Outlived

Loop = Callable[[asyncio.Event], Awaitable[None]]
# The longest is what a database or broker that is back waits for us (reliability: p95 within 5 s).
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 2.0
WATCH_SECONDS = 0.5
TIME_SECONDS = 5.0
STEADY_AFTER_SECONDS = 10.0
log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class LoopState:
    """How a loop is. fault: why it is not running now; halted: it will not be started again."""

    name: str
    restarts: int = 0
    fault: str | None = None
    halted: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
        return self.fault is None


class Supervisor:
    """Starts loops, keeps them alive, ends them together.

    A loop gets the event that tells it to finish; it may return only after that. `Halted` from
    a loop is final: it stays down until the process is started anew by someone who looked.
    """

    def __init__(self) -> None:
        self.states: dict[str, LoopState] = {}
        self._stopping = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, loop: Loop) -> None:
        """Keep `loop` running until `stop`."""
        state = self.states[name] = LoopState(name=name)
        metrics.LOOP_RESTARTS.labels(name)
        self._tasks[name] = asyncio.create_task(self._keep(state, loop), name=name)

    @property
    def is_stopping(self) -> bool:
        """Whether the process is on its way out."""
        return self._stopping.is_set()

    async def stop(self, seconds: float) -> None:
        """Tell all loops to finish; cancel those that have not within `seconds`."""
        self._stopping.set()
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            log.warning("loop_cancelled", loop=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=2)

    async def _keep(self, state: LoopState, loop: Loop) -> None:
        wait = 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                state.fault = None
                metrics.LOOP_UP.labels(state.name).set(1)
                metrics.LOOP_HALTED.labels(state.name).set(0)
                await loop(self._stopping)
            except Halted as fault:
                _halt(state, fault)
                return
            except Exception as fault:
                state.fault = f"{type(fault).__name__}: {fault}"
                log.exception("loop_failed", loop=state.name)
            finally:
                metrics.LOOP_UP.labels(state.name).set(0)
            if self._stopping.is_set():
                return
            state.restarts += 1
            metrics.LOOP_RESTARTS.labels(state.name).inc()
            wait = wait_after(wait, time.monotonic() - began)
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def wait_after(last: float, ran: float) -> float:
    """Seconds until a loop that failed is started again. last: the wait before this time;
    ran: for how long it was well.
    """
    if ran > STEADY_AFTER_SECONDS:
        return SHORTEST_WAIT_SECONDS
    return max(SHORTEST_WAIT_SECONDS, min(2 * last, LONGEST_WAIT_SECONDS))


def _halt(state: LoopState, fault: Halted) -> None:
    state.fault, state.halted = str(fault), True
    metrics.LOOP_HALTED.labels(state.name).set(1)
    log.critical("loop_halted", loop=state.name, fault=str(fault))
    if isinstance(fault, Outlived):
        os.kill(os.getpid(), signal.SIGTERM)  # whoever has our name is to go on undisturbed


async def watch_process(pool: Any, stopping: asyncio.Event) -> None:
    """A loop: how late the event loop is, and how many of the pool's connections are in use."""
    while not stopping.is_set():
        asked = time.monotonic()
        await asyncio.sleep(WATCH_SECONDS)
        metrics.EVENT_LOOP_DELAY.observe(max(0.0, time.monotonic() - asked - WATCH_SECONDS))
        idle = pool.get_idle_size()
        metrics.POOL_CONNECTIONS.labels("idle").set(idle)
        metrics.POOL_CONNECTIONS.labels("used").set(pool.get_size() - idle)


async def keep_time(pool: Any, stopping: asyncio.Event) -> None:
    """A loop: our clock goes as the database's does."""
    while not stopping.is_set():
        await clock.follow(pool)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), TIME_SECONDS)
