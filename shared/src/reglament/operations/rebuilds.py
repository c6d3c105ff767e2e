"""Read models built anew beside the live ones (architecture 9, reliability b2 19)."""

import asyncio
import sys
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from reglament import rebuild_log
from reglament.errors import NotFound
from reglament.http.auth import AdminCaller
from reglament.http.parameters import NAME_PATTERN, Id
from reglament.ids import new_id
from reglament.projections import table_of
from reglament.rebuilding import projections_of
from reglament.runtime import InProcess, Runtime

WATCHED = "rebuilds"
router = APIRouter()


class Wanted(BaseModel):
    """Which, and whether it is swapped in although rows differ."""

    model_config = ConfigDict(extra="forbid", title="Rebuild")
    projection: str = Field(pattern=NAME_PATTERN)
    accept: bool = False
    shown: Annotated[int, Field(ge=1, le=100)] = 10


@router.get("/projections", summary="The read models that can be built anew")
async def projections(_: AdminCaller, request: Request, runtime: InProcess) -> list[dict[str, str]]:
    """Each with its table."""
    found = projections_of(request.app.state.definition, runtime)
    return [{"name": name, "table": table_of(found[name])} for name in sorted(found)]


@router.post("/rebuilds", status_code=202, summary="Build a read model anew")
async def start_rebuild(
    wanted: Wanted, _: AdminCaller, request: Request, runtime: InProcess
) -> dict[str, Any]:
    """In a process of its own, beside the live one; 409 while another builds the same."""
    if wanted.projection not in projections_of(request.app.state.definition, runtime):
        raise NotFound("projection", wanted.projection)
    if await rebuild_log.is_held(runtime.pool, wanted.projection):
        raise HTTPException(409, f"{wanted.projection} is being rebuilt already")
    identity = new_id()
    await rebuild_log.start(
        runtime.pool, identity, wanted.projection, accept=wanted.accept, shown=wanted.shown
    )
    watching: set[asyncio.Task[None]] = runtime.extras.setdefault(WATCHED, set())
    task = asyncio.create_task(_carry_out(runtime, wanted.projection, identity))
    watching.add(task)
    task.add_done_callback(watching.discard)
    return await _shown(runtime, identity)


@router.get("/rebuilds/{id}", summary="How far a rebuild is, and what came of it")
async def read_rebuild(id: Id, _: AdminCaller, runtime: InProcess) -> dict[str, Any]:  # noqa: A002 - the path's name
    """phase: starting, reading, comparing, swapping; then swapped, different, failed, or
    interrupted: its process died, and it can be started again.
    """
    return await _shown(runtime, id)


async def _shown(runtime: Runtime, identity: str) -> dict[str, Any]:
    found = await rebuild_log.read(runtime.pool, identity)
    if found is None:
        raise NotFound("rebuild", identity)
    return found


async def _carry_out(runtime: Runtime, projection: str, identity: str) -> None:
    """`python -m <service> rebuild`, in the service's own environment."""
    module = runtime.service.replace("-", "_")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "rebuild", projection, identity),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["ended without a word"]
        await rebuild_log.fail(runtime.pool, identity, f"exit {process.returncode}: {lines[-1]}")
