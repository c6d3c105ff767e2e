"""What became of every letter received (semantics 22); quarantined ones are let out by an admin."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from starlette.responses import Response

from intake.api.schemas import storable
from intake.letters import register
from intake.letters.register import LetterRow, Search
from reglament.errors import NotFound, Refused, Violation
from reglament.http.auth import AdminCaller, AgentCaller, Caller, DeskCaller
from reglament.http.paging import Cursor, Page
from reglament.http.parameters import NAME_PATTERN, Id, plus
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1", tags=["letters"])
LetterOutcome = Literal[
    "ticket", "message", "returned", "refused", "duplicate", "report", "automatic", "quarantined"
]
RAW_HEADERS = {
    "Content-Disposition": 'attachment; filename="letter.eml"',
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class Letter(BaseModel):
    """A letter's fate. `outcome`, `rule`: null while it is worked on; `rule`: what decided."""

    id: str
    desk: str
    message_id: str | None
    received_at: AwareDatetime
    outcome: LetterOutcome | None
    rule: str | None
    ticket: str | None


class Letters(BaseModel):
    """A page of letters, the newest first."""

    items: list[Letter]
    next_cursor: str | None


class LetterQuery(BaseModel):
    """Which letters are wanted."""

    model_config = ConfigDict(frozen=True)

    desk: Annotated[str, Query(pattern=NAME_PATTERN)] | None = None
    message_id: Annotated[str, AfterValidator(storable), Query(max_length=1000)] | None = None
    since: Annotated[AwareDatetime, BeforeValidator(plus)] | None = None
    outcome: LetterOutcome | None = None


@router.get("/letters", summary="What became of every letter received", response_model=Letters)
async def list_letters(
    runtime: InProcess, caller: DeskCaller, page: Page, wanted: Annotated[LetterQuery, Query()]
) -> Response:
    """The newest first. `message_id` with or without its angle brackets."""
    if wanted.desk is not None:
        caller.check_desk(wanted.desk)
    search = Search(
        desk=wanted.desk or caller.desk,
        message_id=_bracketed(wanted.message_id),
        since=wanted.since,
        outcome=wanted.outcome,
        below=page.after.id if page.after else None,
        limit=page.fetch,
    )
    rows = await register.find(runtime.pool, search)
    return page.answer(rows, lambda row: Cursor(row.received_at, row.id), letter_json)


@router.get(
    "/letters/{id}/raw",
    summary="A letter whole, as it came",
    response_class=Response,
    responses={200: {"content": {"message/rfc822": {"schema": {"type": "string"}}}}},
)
async def read_raw(id: Id, runtime: InProcess, caller: AgentCaller) -> Response:  # noqa: A002
    """The very bytes. Served as a download: no browser shows what a stranger wrote."""
    await _letter(runtime.pool, caller, id)
    raw = await register.raw(runtime.pool, id)
    if raw is None:
        raise NotFound("letter", id)
    return Response(raw, media_type="message/rfc822", headers=RAW_HEADERS)


@router.post(
    "/letters/{id}/release",
    status_code=202,
    summary="Let a letter out of quarantine",
    response_model=Letter,
)
async def release_letter(id: Id, runtime: InProcess, caller: AdminCaller) -> Any:  # noqa: A002
    """It is worked on again, as a request. Refused (`status-conflict`) where it is in none."""
    await _letter(runtime.pool, caller, id)
    if not await register.release(runtime.pool, id, caller.subject):
        violation = Violation(rule="letter-not-quarantined", field="outcome")
        raise Refused([violation], kind="status-conflict")
    return letter_json(await _letter(runtime.pool, caller, id))


async def _letter(pool: Any, caller: Caller, letter: str) -> LetterRow:
    row = await register.one(pool, letter)
    if row is None or (caller.role != "admin" and caller.desk != row.desk):
        raise NotFound("letter", letter)
    return row


def _bracketed(message_id: str | None) -> str | None:
    return None if message_id is None else f"<{message_id.strip().strip('<>')}>"


def letter_json(row: LetterRow) -> dict[str, Any]:
    """The Letter of the contract."""
    return {**asdict(row), "received_at": rfc3339(row.received_at)}
