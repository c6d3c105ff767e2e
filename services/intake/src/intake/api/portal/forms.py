"""What the page's forms do: the commands of the public API, under the link's token."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from intake.api import actions, schemas, working
from intake.api.acting import Acting
from intake.api.here import entered_by
from intake.api.portal.page import Outcome, ticket_page
from intake.api.portal.visit import Visit, texts
from intake.domain.rules.channels import message_violations
from intake.office.incoming import How
from reglament import clock
from reglament.errors import Refused
from reglament.eventstore.store import Context, IdempotencyKey
from reglament.telemetry import current_traceparent

MOST_FILES, LONGEST_NAME = 50, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was sent: plain fields, and files that hold something."""

    fields: Mapping[str, str]
    files: tuple[schemas.NewFile, ...] = ()

    @property
    def text(self) -> str:
        """Of the message."""
        return self.fields.get("text", "").strip()

    @property
    def digest(self) -> bytes:
        """The same for the same form sent twice, however the browser wrapped it."""
        sums = [hashlib.sha256(file.content).hexdigest() for file in self.files]
        return hashlib.sha256(repr((sorted(self.fields.items()), sums)).encode()).digest()


async def form_of(request: Request) -> Form:
    """The form as it was sent."""
    async with request.form(max_files=MOST_FILES, max_fields=100) as sent:
        files = [value for _, value in sent.multi_items() if isinstance(value, UploadFile)]
        read = [(file.filename or "", await file.read()) for file in files]
        return Form(
            fields=texts(sent),
            files=tuple(
                schemas.NewFile(name=(name[-LONGEST_NAME:] or "file"), content=content)
                for name, content in read
                if content
            ),
        )


Doing = Callable[[Form, Acting], Awaitable[Response]]


async def carried_out(visit: Visit, form: Form, do: Doing, done: str) -> Response:
    """Back to the page, which says so (`done`); or the page again, with what was wrong."""
    try:
        await do(form, _acting(visit, form))
    except Refused as refusal:
        return await ticket_page(visit, outcome=_refused(visit, form, refusal))
    except ValidationError:
        fault = visit.words.say("portal", "empty")
        return await ticket_page(visit, outcome=Outcome(fault=fault, draft=form.text, status=422))
    return RedirectResponse(f"{visit.path}?done={done}", 303)


def _refused(visit: Visit, form: Form, refusal: Refused) -> Outcome:
    words = visit.words
    if refusal.kind == "status-conflict":
        status = words.say("statuses", visit.row["status"])
        fault = words.say("portal", "refused").format(status=status)
    else:
        broken = [
            {"rule": v.rule, "field": v.field, "detail": v.detail} for v in refusal.violations
        ]
        why = "; ".join(words.violation(each) for each in broken)
        fault = words.say("portal", "failed").format(why=why)
    return Outcome(fault=fault, draft=form.text, status=422)


def _acting(visit: Visit, form: Form) -> Acting:
    caller, request = visit.caller, visit.request
    # Of the same page the same form, sent twice, is one; another text is another.
    idempotency = IdempotencyKey(
        scope=f"{caller.identity} {request.method} {request.url.path}",
        key=form.digest.hex(),
        body_hash=form.digest,
    )
    context = Context(
        recorded_at=clock.now(),
        correlation_id=request.scope.get("state", {}).get("request_id"),
        traceparent=current_traceparent(),
        idempotency=idempotency,
    )
    how = How(actor=caller.actor, entered_by=entered_by(caller), context=context)
    return Acting(here=visit.here, caller=caller, row=visit.row, how=how)


async def write(form: Form, acting: Acting) -> Response:
    """A message; of files alone, their names are its text."""
    text = form.text or ", ".join(file.name for file in form.files)
    policy = acting.here.doors.policies.get(acting.row["desk"], acting.row["policy_version"])
    is_refused = message_violations(policy, "web", "requester")
    body = schemas.NewMessage(
        body=text, channel=None if is_refused else "web", attachments=form.files
    )
    return await actions.add_message(body, acting)


async def complete(form: Form, acting: Acting) -> Response:
    """What a returned request lacked: it is judged anew as a whole."""
    fields = form.fields.items()
    given = {name.removeprefix("fields."): v for name, v in fields if name.startswith("fields.")}
    body = schemas.NewInformation(
        body=form.text,
        fields={name: value for name, value in given.items() if value.strip()},
        attachments=form.files,
        priority=form.fields.get("priority") or None,
        category=form.fields.get("category") or None,
    )
    return await actions.provide_information(body, acting)


async def rate(form: Form, acting: Acting) -> Response:
    """1 to 5, with a word if there is one."""
    said = {"score": form.fields.get("score"), "note": form.fields.get("note") or None}
    return await working.rate(schemas.NewRating.model_validate(said), acting)


async def ask_for_call(form: Form, acting: Acting) -> Response:
    """An engineer is to phone."""
    return await working.request_callback(schemas.Nothing(), acting)
