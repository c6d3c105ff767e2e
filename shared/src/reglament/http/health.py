"""/livez, /readyz, /metrics: for those who run it; no key needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from prometheus_client import exposition
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.responses import JSONResponse, Response

from reglament.metrics import REGISTRY

CHECK_SECONDS = 2.0
Check = Callable[[Any], Awaitable[str | None]]
router = APIRouter(tags=["operation"])


async def _database(state: Any) -> str | None:
    async with asyncio.timeout(CHECK_SECONDS):
        await state.runtime.pool.fetchval("SELECT 1")
    return None


async def _loops(state: Any) -> str | None:
    halted = [each.name for each in state.runtime.supervisor.states.values() if each.halted]
    return f"halted: {', '.join(sorted(halted))}" if halted else None


async def _draining(state: Any) -> str | None:
    return "stopping" if getattr(state, "draining", False) else None


# Kafka is not among them: without it the API still takes requests, and the outbox keeps them.
CHECKS: dict[str, Check] = {"database": _database, "loops": _loops, "draining": _draining}


async def _checked(check: Check, state: Any) -> str:
    try:
        return await check(state) or "ok"
    except Exception as fault:  # noqa: BLE001 - whatever it is, the answer is "not ready"
        return type(fault).__name__


@router.get("/livez", operation_id="livez", summary="Is the process alive?")
async def livez() -> dict[str, str]:
    """Answers as long as the event loop turns; says nothing of other parts."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can it take requests?",
    responses={503: {"description": "Not ready: not to be sent requests"}},
)
async def readyz(
    request: Request,
    verbose: Annotated[bool | str, Query(description="say each check's outcome")] = False,
) -> Response:
    """503 while the database is away, a loop has halted, or the process is on its way out."""
    checks = {name: await _checked(check, request.app.state) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    document: dict[str, Any] = {"status": "ok" if ready else "unavailable"}
    if verbose is not False:
        document["checks"] = checks
    return JSONResponse(document, 200 if ready else 503)


@router.get("/metrics", operation_id="metrics", summary="What Prometheus scrapes")
async def metrics(request: Request) -> Response:
    """OpenMetrics with exemplars where it is asked for, else the Prometheus text format."""
    if "application/openmetrics-text" in request.headers.get("accept", ""):
        body: bytes = openmetrics.generate_latest(REGISTRY)  # type: ignore[no-untyped-call]
        kind = openmetrics.CONTENT_TYPE_LATEST
    else:
        body, kind = exposition.generate_latest(REGISTRY), exposition.CONTENT_TYPE_LATEST
    return Response(body, media_type=None, headers={"Content-Type": kind})
