"""A stored letter opened for an agent: its whole text, what was taken as new, its safe HTML.

It is read anew, in a worker process: nothing of a stranger's is parsed here (reliability c10).
"""

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from intake.api.downloads import NOTHING_LIVE
from intake.channels.mail.letter import LetterFile, ParsedLetter
from intake.channels.mail.reader import LetterReader
from intake.letters import register
from reglament.errors import NotFound, Refused, Violation
from reglament.http.auth import AgentCaller, Caller
from reglament.http.idempotency import answer_json, respond
from reglament.http.parameters import Id
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/letters", tags=["letters"])
AT_ONCE = asyncio.Semaphore(2)
PAGE_HEADERS = {
    "Content-Security-Policy": f"{NOTHING_LIVE}; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class File(BaseModel):
    """An attachment: its name is the sender's word, its format was found."""

    name: str
    format: str
    size: int
    packed: list[str]


class OpenedLetter(BaseModel):
    """`text` is all of it, `fresh` without the history quoted below."""

    sender: str | None
    subject: str
    text: str
    fresh: str
    has_html: bool
    attachments: list[File]


@router.get("/{id}/content", summary="A letter opened", response_model=OpenedLetter)
async def read_content(id: Id, runtime: InProcess, caller: AgentCaller) -> Response:  # noqa: A002
    """Refused (`rules-violated`) where it cannot be read; `/raw` has it whole."""
    letter = await _opened(runtime.pool, caller, id)
    document: dict[str, Any] = {
        "sender": letter.sender,
        "subject": letter.subject,
        "text": letter.text,
        "fresh": letter.fresh,
        "has_html": letter.html is not None,
        "attachments": [_shown(file) for file in letter.attachments],
    }
    return respond(answer_json(document))


@router.get(
    "/{id}/html",
    summary="A letter's HTML, made safe",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def read_html(id: Id, runtime: InProcess, caller: AgentCaller) -> Response:  # noqa: A002
    """For a sandboxed frame: no script, style, form or picture is in it, nothing is fetched."""
    letter = await _opened(runtime.pool, caller, id)
    if letter.html is None:
        raise NotFound("html of letter", id)
    page = f'<!DOCTYPE html><meta charset="utf-8"><title></title>{letter.html}'
    return Response(page, 200, PAGE_HEADERS, "text/html; charset=utf-8")


async def _opened(pool: Any, caller: Caller, letter: str) -> ParsedLetter:
    row, raw = await register.one(pool, letter), await register.raw(pool, letter)
    if row is None or raw is None or (caller.role != "admin" and caller.desk != row.desk):
        raise NotFound("letter", letter)
    async with AT_ONCE:
        reader = LetterReader()
        try:
            outcome = await reader.read(raw)
        finally:
            await reader.close()
    if outcome.letter is None:
        raise Refused([Violation(rule=outcome.unreadable or "unreadable", field="raw")])
    return outcome.letter


def _shown(file: LetterFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "format": file.format,
        "size": file.size,
        "packed": list(file.packed),
    }
