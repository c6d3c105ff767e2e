"""Histories held against their hash chains, and against the roots written out (architecture 10)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from reglament import clock
from reglament.errors import NotFound
from reglament.eventstore import root_files, rooting, verifying
from reglament.eventstore.store import Proof
from reglament.http.auth import AdminCaller
from reglament.http.parameters import NAME_PATTERN
from reglament.root_keeping import keeping_of
from reglament.runtime import InProcess

AT_ONCE = 20_000
Desk = Annotated[str | None, Query(pattern=NAME_PATTERN, description="only of this desk")]
Stream = Annotated[str | None, Query(max_length=200, description="only this: `ticket/<id>`")]
router = APIRouter()


@router.get("/histories", summary="Recompute hash chains: one stream, or the next ones by name")
async def verify_histories(
    _: AdminCaller,
    runtime: InProcess,
    stream: Stream = None,
    desk: Desk = None,
    after: Annotated[str, Query(max_length=200, description="`after` of the answer before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="streams at once")] = 300,
) -> dict[str, Any]:
    """broken: stream, the version from which it does not hold, and how: `missing`, `link`,
    `content`, `head` (its end is not the one it knows), `place`. after: null at the end.
    """
    async with runtime.pool.acquire() as connection:
        if stream is not None:
            return await _one(connection, stream)
        page = await verifying.verify_page(connection, after, limit, desk)
    return {
        "streams": page.streams,
        "events": page.events,
        "broken": [_broken(proof) for proof in page.broken],
        "after": page.after,
    }


async def _one(connection: Any, stream: str) -> dict[str, Any]:
    try:
        proof = await verifying.verify(connection, stream)
    except NotFound:
        return {"streams": 0, "events": 0, "broken": [], "after": None}
    broken = [] if proof.broken_at is None else [_broken(proof)]
    return {"streams": 1, "events": proof.version, "broken": broken, "after": None}


@router.get("/roots", summary="Which roots were written out")
async def read_roots(_: AdminCaller, runtime: InProcess) -> dict[str, Any]:
    """As the database says and as the folder does; folder: null where none is set."""
    known = await rooting.all_roots(runtime.pool)
    keeping = keeping_of(runtime.settings, runtime.service)
    files = root_files.numbers_in(keeping.folder, runtime.service) if keeping else []
    return {
        "folder": str(keeping.folder) if keeping else None,
        "signer": keeping.signer.public if keeping else None,
        "files": files,
        "roots": [
            {"number": one.number, "at": one.at, "leaves": one.leaves, "digest": one.digest}
            for one in known
        ],
    }


@router.post("/roots", summary="Write out a root now, besides the daily one")
async def write_root(_: AdminCaller, runtime: InProcess) -> dict[str, Any]:
    """number: null where nothing has happened since the last one."""
    keeping = keeping_of(runtime.settings, runtime.service)
    if keeping is None:
        raise HTTPException(409, f"{runtime.service} has no folder for roots (setting ROOTS)")
    async with runtime.pool.acquire() as connection:
        root = await rooting.write_root(connection, keeping, clock.now())
    return {"number": root and root.number, "digest": root and root.digest}


@router.get("/roots/{number}/check", summary="Hold the events against a root")
async def check_root(
    number: int,
    _: AdminCaller,
    runtime: InProcess,
    stream: Stream = None,
    after: Annotated[int, Query(ge=0, description="`after` of the answer before")] = 0,
) -> dict[str, Any]:
    """fault: what is wrong with the root itself, or null: said with the first page; broken: as of
    the histories, `cut` or `rewritten`. after: null at the end.
    """
    keeping = keeping_of(runtime.settings, runtime.service)
    if keeping is None:
        raise NotFound("root", str(number))
    async with runtime.pool.acquire() as connection:
        fault = None
        if after:
            leaves = await rooting.leaves_in(keeping, number)
        else:
            leaves, fault = await rooting.check_file(connection, keeping, number)
        wanted = leaves if stream is None else rooting.only(leaves, {stream})
        part = wanted[after : after + AT_ONCE]
        broken = await rooting.check_leaves(connection, part)
    end = after + len(part)
    return {
        "leaves": len(part),
        "fault": fault,
        "broken": [_broken(proof) for proof in broken],
        "after": end if end < len(wanted) else None,
    }


def _broken(proof: Proof) -> dict[str, Any]:
    return {"stream": proof.stream, "version": proof.broken_at, "fault": proof.fault}
