"""API keys: issued by an admin, shown once, revoked everywhere within 5 s (contract, REST)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from reglament.access import KEYS, IssueKey, RevokeKey, new_key
from reglament.command_handler import Submission, handle
from reglament.errors import NotFound
from reglament.events.administration import KeyIssued, KeyRole
from reglament.http.auth import AdminCaller
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.http.paging import Cursor, Page
from reglament.http.parameters import NAME_PATTERN, Id
from reglament.ids import new_id, pseudonym
from reglament.instants import rfc3339
from reglament.mail.addresses import mailbox_key
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1", tags=["keys"])
# An annotation, not a call of `Submission[…]`: Python 3.11 cannot do that of a frozen, slotted one.
KeySubmission = Submission[IssueKey | RevokeKey, KeyIssued | None]
EVERY_DESK = "*"  # ce_desk of a key that is bound to none
COLUMNS = "key, role, desk, subject, issued_at, expires_at, revoked_at"
LIST = f"""
SELECT {COLUMNS} FROM access_v1
WHERE ($1::text IS NULL OR desk = $1)
  AND ($2::timestamptz IS NULL OR (issued_at, key) < ($2, $3))
ORDER BY issued_at DESC, key DESC LIMIT $4"""  # noqa: S608 - our own columns
ONE = f"SELECT {COLUMNS} FROM access_v1 WHERE key = $1"  # noqa: S608 - our own columns


class NewApiKey(BaseModel):
    """Whom it is for. subject: an engineer, a system, or a requester (id or e-mail address)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: KeyRole
    desk: Annotated[str, Field(pattern=NAME_PATTERN)] | None = None
    subject: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    expires_at: AwareDatetime | None = None


def _instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def key_json(row: Any) -> dict[str, Any]:
    """A key without its secret, which nobody has."""
    return {
        "id": row["key"],
        "role": row["role"],
        "desk": row["desk"],
        "subject": row["subject"],
        "issued_at": _instant(row["issued_at"]),
        "expires_at": _instant(row["expires_at"]),
        "revoked_at": _instant(row["revoked_at"]),
    }


@router.post("/keys", status_code=201, summary="Issue a key")
async def issue_key(
    body: NewApiKey, caller: AdminCaller, context: RequestContext, runtime: InProcess
) -> Response:
    """`key` is shown here and never again; only its SHA-256 is kept.

    With an Idempotency-Key the answer, and so the key, is kept until that is forgotten.
    """
    first = await replay(runtime.store, context)
    if first is not None:
        return first
    key = new_key(new_id())
    secret = runtime.settings.secret.get_secret_value()
    command = IssueKey(
        at=context.recorded_at,
        actor=caller.actor,
        key=key.id,
        hash=key.hash,
        role=body.role,
        desk=body.desk,
        subject=_subject(secret, body),
        expires_at=body.expires_at,
    )
    document = {
        "id": key.id,
        "key": key.token,
        "role": command.role,
        "desk": command.desk,
        "subject": command.subject,
        "issued_at": rfc3339(command.at),
        "expires_at": _instant(command.expires_at),
    }
    answer = answer_json(document, 201, (("Location", f"/v1/keys/{key.id}"),))
    submission: KeySubmission = Submission(
        stream=f"key/{key.id}",
        subject=key.id,
        desk=body.desk or EVERY_DESK,
        command=command,
        decider_for=lambda _: KEYS,
        context=context,
        answer=lambda _: answer,
        new=True,
    )
    appended = await handle(runtime.store, submission)
    return respond(appended.answer or answer, replayed=appended.replayed)


def _subject(secret: str, body: NewApiKey) -> str | None:
    """An address is a person's: what goes into the event is the id made of it."""
    if body.role == "requester" and body.desk and body.subject and "@" in body.subject:
        return pseudonym(secret, body.desk, mailbox_key(body.subject))
    return body.subject


@router.get("/keys", summary="List keys")
async def list_keys(
    page: Page,
    caller: AdminCaller,
    runtime: InProcess,
    desk: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
) -> Response:
    """Newest first, the revoked ones too, without secrets."""
    after = page.after
    rows = await runtime.pool.fetch(
        LIST, desk, after and after.at, after.id if after else "", page.fetch
    )
    return page.answer(rows, lambda row: Cursor(at=row["issued_at"], id=row["key"]), key_json)


@router.delete("/keys/{key}", status_code=204, summary="Revoke a key")
async def revoke_key(
    key: Id, caller: AdminCaller, context: RequestContext, runtime: InProcess
) -> Response:
    """It is refused by all four services within 5 s. A second time changes nothing."""
    row = await runtime.pool.fetchrow(ONE, key)
    if row is None:
        raise NotFound("key", key)
    submission: KeySubmission = Submission(
        stream=f"key/{key}",
        subject=key,
        desk=row["desk"] or EVERY_DESK,
        command=RevokeKey(at=context.recorded_at, actor=caller.actor, key=key),
        decider_for=lambda _: KEYS,
        context=context,
    )
    await handle(runtime.store, submission)
    return Response(status_code=204)
