"""The desk's register of customers and their contracts (WIS-01, MIC-02, RUS-01)."""

from datetime import date
from typing import Annotated, Any, Self

import msgspec
from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from starlette.responses import Response

from intake.api.here import DeskChange, Here
from intake.api.schemas import Body, Code, Line, storable
from intake.domain.registering import CUSTOMERS, RegisterCustomer
from intake.domain.rules import values
from intake.office.premises import Premises
from reglament.command_handler import Submission, handle
from reglament.errors import NotFound, Refused, Violation
from reglament.events.administration import Contract, CustomerRegistered
from reglament.events.envelope import Envelope
from reglament.events.tickets import OwnTarget
from reglament.eventstore.store import Answer
from reglament.http import parameters
from reglament.http.auth import DeskCaller
from reglament.http.etags import etag
from reglament.http.idempotency import answer_json, replay, respond
from reglament.http.parameters import DeskName
from reglament.mail.addresses import mailbox_key
from reglament.policy.model import Policy
from reglament.policy.values import MetricName, TargetText

router = APIRouter(prefix="/v1/desks/{desk}/customers", tags=["customers"])
_ONE = """
SELECT customer, desk, name, inn, emails::text, contracts::text, sequence
FROM customers_v1 WHERE key = $1
"""


class NewTarget(Body):
    """A target that the contract sets instead of the desk's."""

    metric: MetricName
    within: TargetText
    calendar: Code | None = None
    expect: TargetText | None = None
    priority: Code | None = None


class NewContract(Body):
    """In force from `from` to `until`, both days included."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    number: Code
    from_day: date = Field(alias="from")
    until_day: date = Field(alias="until")
    level: Code | None = None
    targets: Annotated[tuple[NewTarget, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_day < self.from_day:
            raise ValueError("until lies before from")
        return self


def _address(text: str) -> str:
    if not values.is_email(text):
        raise ValueError("not one well-formed address")
    return mailbox_key(text)


def _inn(text: str) -> str:
    if not values.is_inn(text):
        raise ValueError("an INN has 10 or 12 digits with right check digits")
    return text.strip()


class NewCustomer(Body):
    """A customer as it is now; what is not named is not there any more."""

    name: Annotated[Line, Field(min_length=1)]
    inn: Annotated[str, AfterValidator(storable), AfterValidator(_inn)] | None = None
    emails: Annotated[
        tuple[
            Annotated[
                str, Field(max_length=320), AfterValidator(storable), AfterValidator(_address)
            ],
            ...,
        ],
        Field(max_length=1000),
    ] = ()
    contracts: Annotated[tuple[NewContract, ...], Field(max_length=100)] = ()


@router.put("/{customer}", summary="Register a customer, or change one")
async def put_customer(
    desk: DeskName, customer: parameters.Code, body: NewCustomer, change: DeskChange
) -> Response:
    """The customer as it is now, effective at once."""
    here, caller, context = change.here, change.caller, change.context
    caller.check_desk(desk)
    _check(here.office.newest(desk).policy, body)
    if (first := await replay(here.doors.store, context)) is not None:
        return first
    command = RegisterCustomer(
        at=context.recorded_at,
        actor=caller.actor,
        customer=customer,
        desk=desk,
        name=body.name,
        inn=body.inn,
        emails=body.emails,
        contracts=tuple(_contract(each) for each in body.contracts),
    )
    known = await here.pool.fetchrow(_ONE, f"{desk}/{customer}")
    submission: Submission[RegisterCustomer, CustomerRegistered | None] = Submission(
        stream=f"customer/{desk}/{customer}",
        subject=f"{desk}/{customer}",
        desk=desk,
        command=command,
        decider_for=lambda _: CUSTOMERS,
        context=context,
        expected=change.expected,
        answer=lambda made: _answer(command, made, known["sequence"] if known else 0),
    )
    appended = await handle(here.doors.store, submission)
    if appended.answer is None:
        return await _read(here, desk, customer)
    return respond(appended.answer, replayed=appended.replayed)


def _answer(command: RegisterCustomer, made: Any, version: int) -> Answer:
    envelopes: tuple[Envelope, ...] = tuple(made)
    version = envelopes[-1].sequence if envelopes else version
    document = {
        "customer": command.customer,
        "desk": command.desk,
        "name": command.name,
        "inn": command.inn,
        "emails": command.emails,
        "contracts": _shown(msgspec.to_builtins(command.contracts)),
        "version": version,
    }
    return answer_json(document, 200, (("ETag", etag(version)),))


@router.get("/{customer}", summary="A customer")
async def read_customer(
    desk: DeskName, customer: parameters.Code, here: Here, caller: DeskCaller
) -> Response:
    """As it is now."""
    caller.check_desk(desk)
    return await _read(here, desk, customer)


async def _read(here: Premises, desk: str, customer: str) -> Response:
    row = await here.pool.fetchrow(_ONE, f"{desk}/{customer}")
    if row is None:
        raise NotFound("customer", customer)
    document = {
        "customer": row["customer"],
        "desk": row["desk"],
        "name": row["name"],
        "inn": row["inn"],
        "emails": msgspec.json.decode(row["emails"]),
        "contracts": _shown(msgspec.json.decode(row["contracts"])),
        "version": row["sequence"],
    }
    return respond(answer_json(document, 200, (("ETag", etag(row["sequence"])),)))


def _shown(contracts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the names of the contract's own keys."""
    return [
        {
            "number": each["number"],
            "from": each["from_day"],
            "until": each["until_day"],
            "level": each.get("level"),
            "targets": each.get("targets", []),
        }
        for each in contracts
    ]


def _contract(body: NewContract) -> Contract:
    return Contract(
        number=body.number,
        from_day=body.from_day,
        until_day=body.until_day,
        level=body.level,
        targets=tuple(OwnTarget(**target.model_dump()) for target in body.targets),
    )


def _check(policy: Policy, body: NewCustomer) -> None:
    """Levels, calendars and priorities must be the desk's. Raises Refused."""
    broken = []
    for index, contract in enumerate(body.contracts):
        field = f"contracts.{index}"
        if contract.level and policy.service_levels and contract.level not in policy.service_levels:
            broken.append(Violation(rule="service-level-unknown", field=f"{field}.level"))
        for target in contract.targets:
            if target.calendar and target.calendar not in policy.calendars:
                broken.append(Violation(rule="calendar-unknown", field=f"{field}.targets"))
            if target.priority and target.priority not in policy.priorities.levels:
                broken.append(Violation(rule="priority-unknown", field=f"{field}.targets"))
    if broken:
        raise Refused(broken)
