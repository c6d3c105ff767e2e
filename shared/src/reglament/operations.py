"""What an operator does to the flow of events, by the admin's key (reliability b1, b2 9, 14)."""

from typing import Any

from fastapi import APIRouter

from reglament.errors import NotFound
from reglament.http.auth import AdminCaller
from reglament.messaging import offsets, outbox
from reglament.runtime import InProcess

OPEN = """
SELECT d.subject, d.source, d.sequence, d.topic, d.part AS partition, d.record_offset AS "offset",
    d.cause, d.at, (SELECT count(*) FROM parked p WHERE p.subject = d.subject) AS parked
FROM dead_letter d WHERE d.settled_at IS NULL ORDER BY d.id LIMIT 100"""
router = APIRouter(prefix="/v1/operations", tags=["operation"])


@router.get("/dead-letters", summary="Records that could not be taken, oldest first")
async def dead_letters(_: AdminCaller, runtime: InProcess) -> list[dict[str, Any]]:
    """At most 100, with how many of the ticket's events wait behind each."""
    rows = await runtime.pool.fetch(OPEN)
    return [dict(row) for row in rows]


@router.post("/dead-letters/{subject}/redrive", summary="Take a ticket's dead letters once more")
async def redrive_dead_letters(subject: str, _: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """After the cause was repaired; what waited behind follows in order."""
    if runtime.consumer is None:
        raise NotFound("consumer", runtime.service)
    async with runtime.pool.acquire() as connection:
        taken = await runtime.consumer.redrive(connection, subject)
    return {"taken": len(taken.effective), "dead": len(taken.dead), "parked": taken.parked}


@router.post("/outbox/refill", summary="Send every event again: Kafka has lost its disk")
async def refill_outbox(_: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """Consumers skip what they have taken before."""
    async with runtime.pool.acquire() as connection:
        count = await outbox.refill(connection)
    runtime.wake_relay()
    return {"records": count}


@router.post("/consumer/rewind", summary="Read everything again, after the others refilled")
async def rewind_consumer(_: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """From the first record of every partition; each effect still stands once."""
    async with runtime.pool.acquire() as connection:
        return {"partitions": await offsets.rewind(connection, runtime.service)}
