"""Starts a worker process where there is something to simulate; stops it with the service."""

import asyncio
import contextlib
import os
import sys

import structlog

from reglament.runtime import Runtime

EVERY_SECONDS = 1.0
THERE_IS = """SELECT EXISTS (SELECT FROM simulations WHERE state = 'new') OR EXISTS (
  SELECT FROM simulation_shares s JOIN simulations m ON m.id = s.simulation
  WHERE m.state = 'running' AND s.done_at IS NULL
    AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp()))"""
COMMAND = (sys.executable, "-m", "sla_clock.simulations.worker")
log = structlog.get_logger(__name__)


async def run_simulations(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Looks now and then; at most one worker a replica, so live work keeps a core."""
    while not stopping.is_set():
        async with runtime.pool.acquire() as connection:
            is_wanted = await connection.fetchval(THERE_IS)
        if is_wanted:
            await _work(runtime, stopping)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)


async def _work(runtime: Runtime, stopping: asyncio.Event) -> None:
    environment = {**os.environ, "SLA_CLOCK_DATABASE": runtime.settings.database}
    process = await asyncio.create_subprocess_exec(*COMMAND, env=environment)
    ended, told = asyncio.create_task(process.wait()), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        if process.returncode is None:
            process.terminate()
        await ended
    if process.returncode and not stopping.is_set():
        log.error("simulation_failed", code=process.returncode)
