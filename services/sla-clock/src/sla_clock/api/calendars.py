"""Working time for anybody who asks (contract: POST /calendars/calculations)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import Field

from reglament.calendars.calendar import calendar_version
from reglament.calendars.reading import read_calendar
from reglament.errors import Refused, Violation
from reglament.http.auth import AnyCaller
from sla_clock.api.schemas import CALCULATIONS, Asked, CalculationsGiven, Moment
from sla_clock.domain.calculations import calculate

router = APIRouter(prefix="/v1", tags=["calendars"])
MOST = 1000
Seconds = Annotated[float, Field(ge=-4e9, le=4e9)]


class Operation(Asked):
    """One calculation."""

    start: Moment


class Add(Operation):
    """The earliest instant at which `seconds` of working time are used up; negative: back."""

    op: Literal["add"]
    seconds: Seconds


class AddDays(Operation):
    """`days` business days on, at the same wall time or at that date's closing; negative: back."""

    op: Literal["add_days"]
    days: Annotated[int, Field(ge=-10_000, le=10_000)]
    end_of_day: bool = False


class Between(Operation):
    """Working seconds from start to end."""

    op: Literal["between"]
    end: Moment


AnyOperation = Annotated[Add | AddDays | Between, Field(discriminator="op")]


class Calculations(Asked):
    """A calendar as in a policy, and what to reckon on it."""

    calendar: dict[str, Any]
    operations: Annotated[list[AnyOperation], Field(max_length=MOST)]


@router.post(
    "/calendars/calculations",
    operation_id="calculate_working_time",
    summary="Working time",
    response_model=CalculationsGiven,
    response_model_exclude_unset=True,
)
async def calculations(
    body: Annotated[Calculations, Body(openapi_examples=CALCULATIONS)], caller: AnyCaller
) -> Any:
    """A result an operation, in order; `provisional` where holidays are not decreed yet."""
    try:
        calendar = read_calendar(body.calendar, time_zone="UTC")
    except ValueError as fault:
        raise _refused("calendar", fault) from fault
    try:
        results = calculate(calendar, [one.model_dump() for one in body.operations])
    except ValueError as fault:
        raise _refused("operations", fault) from fault
    return {"calendar_version": calendar_version(calendar), "results": results}


def _refused(field: str, fault: ValueError) -> Refused:
    return Refused([Violation(rule=f"{field}-invalid", field=field, detail=str(fault))])
