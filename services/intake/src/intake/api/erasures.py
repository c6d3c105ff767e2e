"""Erasing a person's data, keeping the history (contract: DELETE /requesters/{id})."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from intake.api.documents import says
from intake.api.here import AdminChange, Here
from intake.api.schemas import Body, Instant, Line
from intake.domain.erasure import Copy, Erasure, complete_at, copies_of, is_complete
from intake.office.erasing import Person
from intake.projections.erased_copies import erased_elsewhere
from intake.settings import Settings
from reglament import clock
from reglament.http.auth import AdminCaller
from reglament.http.idempotency import answer_json, respond
from reglament.http.parameters import UUID_PATTERN, Id
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1", tags=["erasures"])


class CopyLeft(BaseModel):
    """A place in which the data stood. `until`: by when it is gone; null: not known yet."""

    held_by: str
    what: str
    state: str
    until: datetime | None
    count: int | None


class ErasureSaid(BaseModel):
    """An erasure: what is left, where, and until when. `complete_at`: null while one waits."""

    id: str
    requester: str
    desk: str
    erased_at: datetime
    erased_by: str
    state: str
    complete_at: datetime | None
    copies: list[CopyLeft]


class ListedErasure(Body):
    """One of the erasure list."""

    id: Annotated[str, Field(pattern=UUID_PATTERN)]
    requester: Annotated[str, Field(pattern=UUID_PATTERN)]
    desk: Line
    erased_at: Instant
    erased_by: Line


class ErasureList(Body):
    """Who was erased: ids alone."""

    items: Annotated[tuple[ListedErasure, ...], Field(max_length=10_000)]


@router.delete(
    "/requesters/{id}",
    status_code=202,
    summary="Erase a person's data",
    responses=says(ErasureSaid, 202),
)
async def erase_requester(id: Id, change: AdminChange, runtime: InProcess) -> Response:  # noqa: A002
    """Texts, files, letters and how they are reached go, in every service; the history stays.

    Refused (`tickets-open`, naming them) while a ticket of theirs is open. A second time gives the
    same erasure, unless something has come since.
    """
    person = Person(requester=id, at=change.context.recorded_at, by=change.caller.subject)
    erasure = await change.here.erasing.erase(person)
    document = await _said(runtime, erasure)
    location = (("Location", f"/v1/erasures/{erasure.id}"),)
    return respond(answer_json(document, 202, location))


@router.get("/erasures/{id}", summary="What is left of an erased person, where, until when")
async def read_erasure(id: Id, here: Here, caller: AdminCaller, runtime: InProcess) -> ErasureSaid:  # noqa: A002
    """Each copy: `erased`, `waiting` (not told yet), `expiring` (until then), `kept` (as a
    contract partner's, by the desk: PUT the customer without it), `never-held`."""
    del caller
    return ErasureSaid(**await _said(runtime, await here.erasing.one(id)))


@router.get("/erasures", summary="The erasure list, to be kept apart from backups")
async def list_erasures(here: Here, caller: AdminCaller) -> Response:
    """Who was erased, the oldest first: to be posted here again after a restore."""
    del caller
    return respond(answer_json({"items": [_listed(one) for one in await here.erasing.all()]}))


@router.post("/erasures", summary="Apply the erasure list again")
async def apply_erasures(body: ErasureList, here: Here, caller: AdminCaller) -> Response:
    """After a restore: whoever was erased since the backup is erased again, under the same id."""
    del caller
    for one in body.items:
        person = Person(
            requester=one.requester,
            at=one.erased_at,
            by=one.erased_by,
            desk=one.desk,
            erasure=one.id,
        )
        await here.erasing.again(person)
    return respond(answer_json({"items": [_listed(one) for one in await here.erasing.all()]}))


async def _said(runtime: Any, erasure: Erasure) -> dict[str, Any]:
    elsewhere = await erased_elsewhere(runtime.pool, erasure.id)
    copies = copies_of(erasure, elsewhere, clock.now(), _retention(runtime))
    return {
        **_listed(erasure),
        "state": "complete" if is_complete(copies) else "erasing",
        "complete_at": _instant(complete_at(copies)),
        "copies": [_copy(copy) for copy in copies],
    }


def _retention(runtime: Any) -> timedelta:
    """How long backups are kept."""
    if not isinstance(runtime.settings, Settings):
        raise TypeError("intake runs with its own Settings")
    return timedelta(days=runtime.settings.backup_days)


def _listed(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.id,
        "requester": erasure.requester,
        "desk": erasure.desk,
        "erased_at": rfc3339(erasure.erased_at),
        "erased_by": erasure.erased_by,
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {
        "held_by": copy.held_by,
        "what": copy.what,
        "state": copy.state,
        "until": _instant(copy.until),
        "count": copy.count,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
