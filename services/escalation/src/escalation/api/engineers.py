"""Engineers: who they are, what they bring, which level they stand on (REM-05)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Response

from escalation.api.carrying_out import answered, carried_out
from escalation.api.schemas import DeskPath, EngineerAsked, EngineerGiven, EngineerPath
from escalation.api.tickets import PATIENCE, Asking
from escalation.domain.commands import Engineer, RegisterEngineer, Unassign
from escalation.domain.decider import engineer_decider
from escalation.projections.engineers import ALL, LEAVING, ONE
from escalation.projections.facts import Known, load_facts
from escalation.projections.queue import OPEN_OF_ENGINEER
from reglament.command_handler import Submission
from reglament.errors import NotFound, Refused, Violation
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer, Context
from reglament.http.auth import Caller, DeskCaller, RegistrarCaller
from reglament.http.etags import Expected, etag
from reglament.http.idempotency import RequestContext, answer_json, respond
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
    command = asking.command(body, context)
    return await answered(asking.runtime, context, lambda: _put(asking, command, context))


async def _put(asking: Registering, command: RegisterEngineer, context: Context) -> Response:
    """In one transaction with the tickets that he leaves behind: none stays with who is away."""
    runtime = asking.runtime
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute(PATIENCE)
        row = await connection.fetchrow(LEAVING, asking.desk, asking.engineer)
        before = row["version"] if row else 0
        left = [] if row is None or command.engineer.active else await _left(asking, connection)
        submissions = [
            asking.submission(command, context, before),
            *(_given_back(asking, context, ticket, known) for ticket, known in left),
        ]
        appended = await carried_out(runtime.store, connection, submissions)
    answer = appended.answer or _answer(command, appended.envelopes, before)
    return respond(answer, replayed=appended.replayed)


async def _left(asking: Registering, connection: Any) -> list[tuple[str, Known]]:
    """His open tickets, held until the transaction's end."""
    held = await connection.fetch(OPEN_OF_ENGINEER, asking.desk, asking.engineer)
    streams = [f"ticket/{row['key']}" for row in held]
    await asking.runtime.store.load_many(streams, connection=connection, lock=True)
    found = await load_facts(connection, [row["key"] for row in held])
    return [(ticket, known) for ticket, known in found.items() if not known.facts.ended]


def _given_back(
    asking: Registering, context: Context, ticket: str, known: Known
) -> Submission[Any, Any]:
    command = Unassign(
        at=context.recorded_at,
        actor=asking.caller.actor,
        facts=known.facts,
        because="engineer-inactive",
        of=asking.engineer,
    )
    own = replace(context, idempotency=None)
    about = Asking(runtime=asking.runtime, ticket=ticket, known=known, context=own)
    return about.submission(command, lambda _: answer_json({}))


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
