"""The proof of a ticket's history, and the one file that checks it (architecture 10)."""

import asyncio
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from intake.api.here import Here, ticket_for
from intake.api.views import is_internal
from intake.projections.history import envelope_of
from reglament.eventstore import rooting
from reglament.http.auth import AnyCaller
from reglament.http.parameters import TicketId
from reglament.proof.documents import Inclusion, Shown, proof_of
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1")


class ProofRoot(BaseModel):
    """A root that was written out of the database, and the ticket's place in its tree."""

    service: str
    number: int
    at: str
    position: int
    leaves: int
    tree: str
    previous: str
    digest: str
    version: int
    hash: str
    index: int
    path: list[str]


class ProofEvent(BaseModel):
    """An event as it was hashed; one that the reader may not see is withheld, but for its link."""

    sequence: int
    prev_hash: str
    hash: str
    attributes: list[tuple[str, str]] | None = None
    data: str | None = None
    withheld: bool | None = None


class ProofSource(BaseModel):
    """What one service said of the ticket."""

    source: str
    events: list[ProofEvent]
    root: ProofRoot | None


class Proof(BaseModel):
    """Format `reglament-proof/1`."""

    format: str
    ticket: str
    desk: str
    sources: list[ProofSource]


@router.get(
    "/tickets/{ticket}/proof",
    summary="The history with its hash chains",
    tags=["history"],
    response_model=Proof,
    response_model_exclude_unset=True,
)
async def read_proof(
    ticket: TicketId, here: Here, caller: AnyCaller, runtime: InProcess
) -> dict[str, Any]:
    """All four sources, to the byte; to be checked with the file at `/v1/proofs/verifier`."""
    row = await ticket_for(here, caller, ticket)
    rows = await here.queries.hashed(ticket)
    shown = [
        Shown(envelope=envelope_of(one), is_withheld=not caller.is_staff and is_internal(one))
        for one in rows
    ]
    async with runtime.pool.acquire() as connection:
        found = await rooting.covering(connection, f"ticket/{ticket}")
    inclusions = {}
    if found is not None:
        root, leaves, index = found
        inclusions[f"/reglament/{root.service}"] = Inclusion(root=root, leaves=leaves, index=index)
    return await asyncio.to_thread(proof_of, ticket, row["desk"], shown, inclusions)


@router.get(
    "/proofs/verifier",
    summary="The program that checks a proof: one file of Python",
    tags=["operation"],
    response_class=Response,
)
async def read_verifier() -> Response:
    """Needs Python 3.8 or newer and nothing else: `python3 verify_proof.py proof.json`."""
    headers = {"Content-Disposition": 'attachment; filename="verify_proof.py"'}
    return Response(_verifier(), 200, headers, "text/x-python")


@lru_cache(maxsize=1)
def _verifier() -> bytes:
    return files("reglament.proof").joinpath("standalone.py").read_bytes()
