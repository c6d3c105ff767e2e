"""Engineers: who they are, what they bring, which level they stand on (REM-05)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Response

from escalation.api.schemas import DeskPath, EngineerAsked, EngineerGiven, EngineerPath
from escalation.api.tickets import Asking
from escalation.domain.commands import Engineer, RegisterEngineer, Unassign
from escalation.domain.decider import engineer_decider
from escalation.projections.engineers import ALL, ONE
from escalation.projections.facts import load_facts
from escalation.projections.queue import OF_ENGINEER
from reglament.command_handler import Submission, handle
from reglament.errors import NotFound, Refused, Violation
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer, Context
from reglament.http.auth import Caller, DeskCaller, RegistrarCaller
from reglament.http.etags import Expected, etag
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.mail.addresses import AddressError, checked_spec
from reglament.runtime import InProcess, Runtime

router = APIRouter(prefix="/v1/desks/{desk}/engineers", tags=["engineers"])


@router.get("", response_model=list[EngineerGiven])
async def read_engineers(desk: DeskPath, caller: DeskCaller, runtime: InProcess) -> Response:
    """The desk's engineers, by id."""
    caller.check_desk(desk)
    rows = await runtime.pool.fetch(ALL, [desk])
    return respond(answer_json([_shown(row) for row in rows]))


@router.get("/{engineer}", response_model=EngineerGiven)
async def read_engineer(
    desk: DeskPath, engineer: EngineerPath, caller: DeskCaller, runtime: InProcess
) -> Response:
    """One engineer."""
    caller.check_desk(desk)
    row = await runtime.pool.fetchrow(ONE, desk, engineer)
    if row is None:
        raise NotFound("engineer", engineer)
    return respond(answer_json(_shown(row), headers=(("ETag", etag(row["version"])),)))


class Registering:
    """Which engineer of which desk is put, by whom, on which version. Raises NotFound."""

    def __init__(
        self,
        desk: DeskPath,
        engineer: EngineerPath,
        caller: RegistrarCaller,
        runtime: InProcess,
        expected: Expected,
    ) -> None:
        caller.check_desk(desk)
        if desk not in runtime.policies.desks():
            raise NotFound("desk", desk)
        self.desk, self.engineer, self.expected = desk, engineer, expected
        self.caller: Caller = caller
        self.runtime: Runtime = runtime

    def command(self, body: EngineerAsked, context: Context) -> RegisterEngineer:
        """Raises Refused(email-malformed)."""
        try:
            email = checked_spec(body.email)
        except AddressError as fault:
            raise Refused([Violation(rule="email-malformed", field="email")]) from fault
        return RegisterEngineer(
            at=context.recorded_at,
            actor=self.caller.actor,
            desk=self.desk,
            engineer=Engineer(
                id=self.engineer,
                active=body.active,
                level=body.level,
                languages=body.languages,
                qualifications=body.qualifications,
                since=body.since,
                departments=body.departments,
            ),
            name=body.name,
            email=email,
            locale=body.locale,
        )

    def submission(
        self, command: RegisterEngineer, context: Context, before: int
    ) -> Submission[Any, Any]:
        """The command for the engineer's stream, judged by the desk's newest rules."""
        newest = self.runtime.policies.newest(self.desk)
        return Submission(
            stream=f"engineer/{self.desk}/{self.engineer}",
            subject=f"{self.desk}/{self.engineer}",
            desk=self.desk,
            command=command,
            decider_for=lambda _: engineer_decider(newest.policy),
            context=context,
            policy_version=newest.version,
            expected=self.expected,
            answer=lambda envelopes: _answer(command, envelopes, before),
        )


@router.put("/{engineer}", response_model=EngineerGiven)
async def put_engineer(
    body: EngineerAsked, asking: Annotated[Registering, Depends()], context: RequestContext
) -> Response:
    """The engineer's whole state, new or changed; 422 where the level demands more (REM-05).

    Said by an admin or an integrator: nobody puts himself on a higher level.
    """
    runtime = asking.runtime
    if first := await replay(runtime.store, context):
        await _release(asking, context)
        return first
    row = await runtime.pool.fetchrow(ONE, asking.desk, asking.engineer)
    before = row["version"] if row else 0
    command = asking.command(body, context)
    appended = await handle(runtime.store, asking.submission(command, context, before))
    await _release(asking, context)
    answer = appended.answer or _answer(command, appended.envelopes, before)
    return respond(answer, replayed=appended.replayed)


async def _release(asking: Registering, context: Context) -> None:
    """The open tickets of one who is away go back to their queues; said again, nothing is left."""
    runtime = asking.runtime
    row = await runtime.pool.fetchrow(ONE, asking.desk, asking.engineer)
    if row is None or row["active"]:
        return
    held = await runtime.pool.fetch(OF_ENGINEER, asking.desk, asking.engineer)
    known = await load_facts(runtime.pool, [row["key"] for row in held])
    for ticket, known_row in known.items():
        if known_row.facts.ended:
            continue
        command = Unassign(
            at=context.recorded_at,
            actor=asking.caller.actor,
            facts=known_row.facts,
            because="engineer-inactive",
            of=asking.engineer,
        )
        own = replace(context, idempotency=None)
        about = Asking(runtime=runtime, ticket=ticket, known=known_row, context=own)
        await handle(runtime.store, about.submission(command, lambda _: answer_json({})))


def _answer(command: RegisterEngineer, envelopes: Sequence[Envelope], before: int) -> Answer:
    version = envelopes[-1].sequence if envelopes else before
    engineer = command.engineer
    document = {
        "id": engineer.id,
        "desk": command.desk,
        "name": command.name,
        "email": command.email,
        "locale": command.locale,
        "active": engineer.active,
        "level": engineer.level,
        "languages": engineer.languages,
        "qualifications": engineer.qualifications,
        "since": engineer.since,
        "departments": engineer.departments,
        "version": version,
    }
    is_new = bool(envelopes) and version == 1
    return answer_json(document, 201 if is_new else 200, (("ETag", etag(version)),))


def _shown(row: Any) -> dict[str, Any]:
    lists = ("languages", "qualifications", "departments")
    shown = {name: value for name, value in row.items() if name not in ("engineer", *lists)}
    shown |= {name: msgspec.json.decode(row[name]) for name in lists}
    return {"id": row["engineer"], **shown}
