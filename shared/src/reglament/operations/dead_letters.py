"""Records that could not be taken, and what waits behind them (reliability b2 14)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from reglament.errors import NotFound
from reglament.http.auth import AdminCaller
from reglament.messaging.incoming import unpack_headers
from reglament.runtime import InProcess

OPEN = """
SELECT d.subject, d.source, d.sequence, d.topic, d.part AS partition, d.record_offset AS "offset",
    d.cause, d.at, (SELECT count(*) FROM parked p WHERE p.subject = d.subject) AS parked
FROM dead_letter d WHERE d.settled_at IS NULL ORDER BY d.id LIMIT 100"""
OF_SUBJECT = """
SELECT source, sequence, topic, part AS partition, record_offset AS "offset", headers, value,
    cause, at FROM dead_letter WHERE subject = $1 AND settled_at IS NULL ORDER BY id LIMIT 100"""
BEHIND = """
SELECT source, sequence, topic, part AS partition, record_offset AS "offset", headers, at
FROM parked WHERE subject = $1 ORDER BY id LIMIT 1000"""
router = APIRouter()


@router.get("/dead-letters", summary="Records that could not be taken, oldest first")
async def dead_letters(_: AdminCaller, runtime: InProcess) -> list[dict[str, Any]]:
    """At most 100, with how many of the ticket's events wait behind each."""
    rows = await runtime.pool.fetch(OPEN)
    return [dict(row) for row in rows]


@router.get("/dead-letters/{subject}", summary="A ticket's dead letters, whole")
async def dead_letter(subject: str, _: AdminCaller, runtime: InProcess) -> dict[str, Any]:
    """Each with headers and value (a person's data is not kept here), and what waits behind."""
    dead = await runtime.pool.fetch(OF_SUBJECT, subject)
    behind = await runtime.pool.fetch(BEHIND, subject)
    return {
        "subject": subject,
        "dead": [
            {**dict(row), "headers": _headers(row), "value": _text(row["value"])} for row in dead
        ],
        "parked": [_waiting(row) for row in behind],
    }


@router.post("/dead-letters/{subject}/redrive", summary="Take a ticket's dead letters once more")
async def redrive_dead_letters(subject: str, _: AdminCaller, runtime: InProcess) -> dict[str, int]:
    """After the cause was repaired; what waited behind follows in order."""
    if runtime.consumer is None:
        raise NotFound("consumer", runtime.service)
    async with runtime.pool.acquire() as connection:
        taken = await runtime.consumer.redrive(connection, subject)
    return {"taken": len(taken.effective), "dead": len(taken.dead), "parked": taken.parked}


def _waiting(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    headers = _headers(row)
    del shown["headers"]
    return {**shown, "type": headers.get("ce_type")}


def _headers(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: _text(value) for name, value in unpack_headers(row["headers"])}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
