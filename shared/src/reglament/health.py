"""/livez, /readyz, /metrics of every service (contract, Processes).

Live: the process answers. Ready: it is not on its way out and its database answers. A relay or
consumer without Kafka is shown, but is no reason to send requests away: what they accept is kept
in the outbox (reliability b2 8).
"""

import asyncio
from typing import Any

import asyncpg
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from reglament.lifespan import LoopState
from reglament.runtime import Runtime

PING_SECONDS = 2.0
router = APIRouter(tags=["process"])


@router.get("/livez", summary="The process answers", response_class=Response)
async def livez() -> Response:
    """200 as long as the event loop turns."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz", summary="Requests may be sent here")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """200 or 503; `?verbose` adds what each part says."""
    report = await _report(request.app)
    response.status_code = 200 if report["status"] == "ready" else 503
    if "verbose" not in request.query_params:
        return {"status": report["status"]}
    return report


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    """docs/metrics.md says what each one means."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _report(app: FastAPI) -> dict[str, Any]:
    runtime: Runtime | None = getattr(app.state, "runtime", None)
    if runtime is None:
        return {"status": "starting"}
    if app.state.draining or runtime.supervisor.is_stopping:
        return {"status": "draining"}
    database = await _database(runtime)
    return {
        "status": "ready" if database == "ok" else "unready",
        "database": database,
        "loops": {name: _told(state) for name, state in runtime.supervisor.states.items()},
        "relay_leads": runtime.relay is not None and runtime.relay.leads,
        "partitions": runtime.consumer.owned() if runtime.consumer is not None else [],
    }


async def _database(runtime: Runtime) -> str:
    try:
        await asyncio.wait_for(runtime.pool.fetchval("SELECT 1"), PING_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        return type(fault).__name__
    return "ok"


def _told(state: LoopState) -> dict[str, Any]:
    status = "halted" if state.halted else "running" if state.is_running else "restarting"
    return {"status": status, "restarts": state.restarts, "fault": state.fault}
