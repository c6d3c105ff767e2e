"""How well a desk keeps its promises (contract, reports; semantics 12)."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from reglament.calendars.zones import zone
from reglament.errors import NotFound, NotYet, Refused, Violation
from reglament.http.auth import AgentCaller
from reglament.instants import rfc3339
from reglament.runtime import InProcess, Runtime
from sla_clock.api.schemas import AskedMoment, DeskPath
from sla_clock.domain.target import Metric
from sla_clock.reports.attainment import By, attainment, lines

router = APIRouter(prefix="/v1/desks/{desk}/reports", tags=["reports"])


class GroupGiven(BaseModel):
    """The clocks of one metric and key; seconds are of working time."""

    metric: Metric
    key: str | None = Field(description="null: all of the desk's clocks of that metric")
    clocks: int
    met: int
    breached: int = Field(description="by time of happening: corrected ones do not count")
    breached_raw: int = Field(description="breaches that were said, corrected ones too")
    corrected: int
    excused: int
    cancelled: int
    open: int = Field(description="neither met nor breached yet")
    attainment_raw: float | None = Field(description="every breach that was said counts")
    attainment: float | None = Field(description="met / (met + breached)")
    attainment_excused: float | None = Field(description="excused breaches count as met")
    mean_seconds: float | None = Field(description="of those met, late ones too")
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    waiting_seconds: float = Field(description="waited for the client")
    deferred_seconds: float = Field(description="put off")
    mean_days: float | None = Field(description="business days, each by the share of its hours")
    p50_days: float | None
    p90_days: float | None
    p99_days: float | None
    waiting_days: float = Field(description="business days that the client was waited for")
    deferred_days: dict[str, float] = Field(description="business days put off, by reason")
    usual_from: str | None = Field(description="how long it mostly takes, by the desk's policy")
    usual_to: str | None


class AttainmentGiven(BaseModel):
    """Clocks that started in [from, to)."""

    desk: str
    from_: datetime = Field(alias="from")
    to: datetime
    by: By | None
    groups: list[GroupGiven]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which clocks, how grouped, and in what form."""

    since: date | datetime
    until: date | datetime
    by: By | None
    metric: Metric | None
    is_csv: bool


def _wanted(
    since: Annotated[
        date | AskedMoment, Query(alias="from", description="a day begins in the desk's time zone")
    ],
    until: Annotated[date | AskedMoment, Query(alias="to", description="not included")],
    by: By | None = None,
    metric: Metric | None = None,
    format: Literal["json", "csv"] | None = None,  # noqa: A002
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Wanted:
    is_csv = format == "csv" or (format is None and "text/csv" in accept)
    return Wanted(since=since, until=until, by=by, metric=metric, is_csv=is_csv)


@router.get(
    "/attainment",
    operation_id="report_attainment",
    summary="Attainment of a desk's targets",
    response_model=AttainmentGiven,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def report_attainment(
    desk: DeskPath,
    caller: AgentCaller,
    runtime: InProcess,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Response:
    """Met, breached, excused, and how long it took in working time; clocks by their start.

    `level`: of support, when the clock ended; `load`: the desk's open tickets when the ticket came;
    `handover`: whether it had changed levels or was handed to a department, `department`: which;
    `month`: of the start, in the desk's time zone.
    """
    caller.check_desk(desk)
    name = _zone(runtime, desk)
    span = _instant(wanted.since, name), _instant(wanted.until, name)
    if span[0] >= span[1]:
        raise Refused([Violation(rule="empty-period", field="to", detail="to must follow from")])
    async with runtime.pool.acquire() as connection:
        groups = await attainment(
            connection, desk, span, by=wanted.by, metric=wanted.metric, zone=name
        )
    groups = [{**group, **_usual(runtime, desk, group["metric"])} for group in groups]
    if wanted.is_csv:
        return _csv(groups, f"attainment-{desk}.csv")
    said = {"desk": desk, "from": rfc3339(span[0]), "to": rfc3339(span[1]), "by": wanted.by}
    return Response(
        msgspec.json.encode({**said, "groups": groups}),
        media_type="application/json",
        headers={"Vary": "Accept"},
    )


def _zone(runtime: Runtime, desk: str) -> str:
    try:
        return runtime.policies.newest(desk).policy.time_zone
    except NotYet as fault:
        raise NotFound("desk", desk) from fault


def _usual(runtime: Runtime, desk: str, metric: str) -> dict[str, str | None]:
    """What the desk says of the metric that is no promise (RUS-04)."""
    targets = runtime.policies.newest(desk).policy.sla.targets
    said = (each.usual for each in targets if each.metric == metric and each.usual)
    least, most = next(said, (None, None))
    return {"usual_from": least, "usual_to": most}


def _instant(asked: date | datetime, name: str) -> datetime:
    if isinstance(asked, datetime):
        return asked
    return datetime(asked.year, asked.month, asked.day, tzinfo=zone(name)).astimezone(UTC)


def _csv(groups: list[dict[str, Any]], name: str) -> Response:
    text = io.StringIO()
    csv.writer(text).writerows(lines(groups, tuple(GroupGiven.model_fields)))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
