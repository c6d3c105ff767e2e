"""The faults of the drills, each made from outside and taken back at its end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil
from aiokafka import AIOKafkaProducer

from reglament.events.topics import CONTENTS
from reglament.messaging.dead_letter import PER_MINUTE
from reglament.messaging.outbox import LOCK, LOCK_SPACE
from reglament_local.demo.system import Desk, System
from reglament_local.watching.load import desk_of

Fault = Callable[[System], AbstractAsyncContextManager[None]]
PAUSE_SECONDS, STOPPED_WITHIN_SECONDS = 0.02, 30.0
END_RELAY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'intake-relay' AND pid <> pg_backend_pid()"""
LOSE = """
DELETE FROM pending p USING events e
WHERE e.position = p.position AND e.subject = $1 RETURNING p.position, p.shard"""
FIND = "INSERT INTO pending (position, shard) VALUES ($1, $2) ON CONFLICT DO NOTHING"


@contextlib.asynccontextmanager
async def _frozen(port: int) -> AsyncIterator[None]:
    """The process that listens there stands still."""
    process = _listening(port)
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def _listening(port: int) -> int:
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            return int(connection.pid or 0)
    raise LookupError(f"nobody listens at {port}")


@contextlib.asynccontextmanager
async def _locked(dsn: str, table: str) -> AsyncIterator[None]:
    """Nobody writes to a table; readers go on."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


def frozen(name: str) -> Fault:
    """A process of ready.json: a service's name, `kafka`, or `smtp`."""

    def fault(system: System) -> AbstractAsyncContextManager[None]:
        address = str(system.ready[name])
        return _frozen(int((urlsplit(address).netloc or address).rpartition(":")[2]))

    return fault


def locked(service: str, table: str) -> Fault:
    """A table of a service's database."""

    def fault(system: System) -> AbstractAsyncContextManager[None]:
        return _locked(system.ready["databases"][service], table)

    return fault


@contextlib.asynccontextmanager
async def lost_event(system: System) -> AsyncIterator[None]:
    """A ticket's event never leaves intake's outbox, a later one does; at the end it is found."""
    desk = desk_of(system)
    sender = {"name": "Parked", "email": system.address("parked")}
    text = {"subject": "Parked", "description": "It does not work."}
    ticket = str((await desk.open({"channel": "web", **text, "requester": sender}))["id"])
    database = await asyncpg.connect(system.ready["databases"]["intake"])
    try:
        lost = await _lost(database, desk, ticket)
        await _write(desk, ticket)
        yield
        await database.executemany(FIND, [tuple(row) for row in lost])
    finally:
        await database.close()


async def _lost(database: Any, desk: Desk, ticket: str) -> list[Any]:
    """The rows of `pending` that were taken away while no relay could send them."""
    async with asyncio.timeout(STOPPED_WITHIN_SECONDS):
        while not await database.fetchval(LOCK, LOCK_SPACE, 0):
            await database.execute(END_RELAY)
            await asyncio.sleep(PAUSE_SECONDS)
    try:
        await _write(desk, ticket)
        return list(await database.fetch(LOSE, ticket))
    finally:
        await database.execute("SELECT pg_advisory_unlock($1, $2)", LOCK_SPACE, 0)


async def _write(desk: Desk, ticket: str) -> None:
    await desk.act(ticket, "messages", {"body": "We look into it.", "visibility": "internal"})


@contextlib.asynccontextmanager
async def unreadable_records(system: System) -> AsyncIterator[None]:
    """More records that nobody can read than one bad day has; at the end they are deleted."""
    keys = [f"drill-{system.run}-{number}".encode() for number in range(PER_MINUTE + 10)]
    producer = AIOKafkaProducer(bootstrap_servers=system.ready["kafka"])
    await producer.start()
    try:
        for key in keys:
            await producer.send_and_wait(CONTENTS, b"not json", key)
        yield
        for key in keys:
            await producer.send_and_wait(CONTENTS, None, key)
    finally:
        await producer.stop()
