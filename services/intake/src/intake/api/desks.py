"""Desks and their policies: published while running, effective at once (architecture 11)."""

import hashlib
import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from intake.api.here import AdminChange, Change, Here
from intake.domain.registering import POLICIES, PublishPolicy
from intake.office.premises import Premises
from reglament.command_handler import Submission, handle
from reglament.errors import Conflict, NotFound, Refused, Violation
from reglament.events.administration import PolicyPublished
from reglament.eventstore.store import Context
from reglament.http.auth import AnyCaller
from reglament.http.etags import etag
from reglament.http.idempotency import answer_json, replay, respond
from reglament.http.parameters import DeskName
from reglament.instants import rfc3339
from reglament.policy.loader import parse, validate
from reglament.policy.model import Policy
from reglament.policy_book import PolicyVersion

router = APIRouter(prefix="/v1", tags=["desks"])
ATTEMPTS = 5
POLICY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The policy, whole",
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}
_DOCUMENT = """
SELECT version, document::text AS document, digest, published_at
FROM policies WHERE desk = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1
"""


@router.get("/desks", summary="Desks with their newest rules")
async def list_desks(here: Here, caller: AnyCaller) -> Response:
    """Those that the caller may see."""
    shown = [
        _summary(version)
        for name, version in sorted(here.doors.policies.desks().items())
        if caller.role == "admin" or caller.desk == name
    ]
    return Response(msgspec.json.encode({"items": shown}), 200, media_type="application/json")


def _summary(version: PolicyVersion) -> dict[str, Any]:
    policy = version.policy
    return {
        "desk": version.desk,
        "name": policy.name,
        "version": version.version,
        "locale": policy.locale,
        "time_zone": policy.time_zone,
        "contacts": policy.contacts,
        "channels": {name: rule.model_dump() for name, rule in policy.channels.items()},
        "categories": {name: list(each.titles) for name, each in policy.categories.items()},
        "priorities": list(policy.priorities.levels),
    }


@router.get("/desks/{desk}/policy", summary="A desk's rules, the newest or one version")
async def read_policy(
    desk: DeskName,
    here: Here,
    caller: AnyCaller,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """The document as it was published, with its version, digest and time."""
    caller.check_desk(desk)
    row = await here.pool.fetchrow(_DOCUMENT, desk, version)
    if row is None:
        raise NotFound("policy", desk)
    document = {
        "desk": desk,
        "version": row["version"],
        "digest": row["digest"],
        "published_at": rfc3339(row["published_at"]),
        "policy": json.loads(row["document"]),
    }
    return respond(answer_json(document, 200, (("ETag", etag(row["version"])),)))


@router.put("/desks/{desk}/policy", summary="Publish a desk's rules", openapi_extra=POLICY_BODY)
async def publish_policy(
    desk: DeskName,
    request: Request,
    change: AdminChange,
    dry_run: Annotated[bool, Query(description="only check")] = False,
) -> Response:
    """YAML or JSON. The same document again: the same version, and nothing is published."""
    document = parse(await request.body())
    policy = validate(document)
    if policy.desk != desk:
        raise Refused(
            [Violation(rule="other-desk", field="desk", detail=policy.desk)], "policy-invalid"
        )
    digest = digest_of(document)
    if dry_run:
        return _dry(change.here, policy, digest)
    if (first := await replay(change.here.doors.store, change.context)) is not None:
        return first
    version, is_new = await _publish(change, (desk, document, digest))
    published = {"desk": desk, "version": version, "digest": digest, "published": is_new}
    status = 201 if is_new and version == 1 else 200
    return respond(answer_json(published, status, (("ETag", etag(version)),)))


def digest_of(document: dict[str, Any]) -> str:
    """The same for documents that say the same, however they are written."""
    encoded = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(encoded.encode()).hexdigest()


def _dry(here: Premises, policy: Policy, digest: str) -> Response:
    newest = here.doors.policies.desks().get(policy.desk)
    is_same = newest is not None and newest.digest == digest
    version = (newest.version if newest else 0) + (0 if is_same else 1)
    answer = {"desk": policy.desk, "version": version, "digest": digest, "valid": True}
    return respond(answer_json({**answer, "published": False}))


async def _publish(change: Change, what: tuple[str, dict[str, Any], str]) -> tuple[int, bool]:
    """The version under which it stands, and whether that is new. Raises Conflict."""
    desk, document, digest = what
    here, expected = change.here, change.expected
    for attempt in range(1, ATTEMPTS + 1):
        await here.doors.policies.refresh()
        newest = here.doors.policies.desks().get(desk)
        known = newest.version if newest else 0
        if expected is not None and expected != known:
            raise Conflict(f"policy/{desk}", expected, known)
        if newest is not None and newest.digest == digest:
            return known, False
        command = PublishPolicy(
            at=change.context.recorded_at,
            actor=change.caller.actor,
            desk=desk,
            version=known + 1,
            document=document,
            digest=digest,
        )
        try:
            await _append(here, command, change.context, known)
        except Conflict:
            if attempt == ATTEMPTS:
                raise
            continue
        await here.doors.policies.refresh()
        return known + 1, True
    raise AssertionError("unreachable")


async def _append(here: Premises, command: PublishPolicy, context: Context, known: int) -> None:
    submission: Submission[PublishPolicy, PolicyPublished | None] = Submission(
        stream=f"policy/{command.desk}",
        subject=f"{command.desk}@{command.version}",
        desk=command.desk,
        command=command,
        decider_for=lambda _: POLICIES,
        context=context,
        policy_version=command.version,
        expected=known,
        answer=lambda _: answer_json(
            {
                "desk": command.desk,
                "version": command.version,
                "digest": command.digest,
                "published": True,
            },
            201 if known == 0 else 200,
            (("ETag", etag(command.version)),),
        ),
    )
    await handle(here.doors.store, submission)
