"""Kafka is filled again, and read again (reliability b1, b2 9)."""

from typing import Annotated

from fastapi import APIRouter, Body

from reglament.database import UNBOUNDED
from reglament.http.auth import AdminCaller
from reglament.messaging import offsets, outbox
from reglament.runtime import InProcess

Topics = Annotated[
    list[str] | None,
    Body(embed=True, max_length=100, description="only of these; absent: of all it reads"),
]
router = APIRouter()


@router.get("/outbox", summary="How many records wait to be sent")
async def read_outbox(_: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """0: Kafka has everything."""
    return {"waiting": await outbox.waiting(runtime.pool)}


@router.post("/outbox/refill", summary="Send every event again: Kafka has lost its disk")
async def refill_outbox(_: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """Consumers skip what they have taken before."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute(UNBOUNDED)
        count = await outbox.refill(connection)
    runtime.wake_relay()
    return {"records": count}


@router.post("/consumer/rewind", summary="Read everything again, after the others refilled")
async def rewind_consumer(
    _: AdminCaller, runtime: InProcess, topics: Topics = None
) -> dict[str, int]:
    """From the first record of every partition; each effect still stands once."""
    async with runtime.pool.acquire() as connection:
        return {"partitions": await offsets.rewind(connection, runtime.service, topics)}
