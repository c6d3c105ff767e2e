"""What the routes take and give, for the OpenAPI document; the answers are made by the domain."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from reglament.http.parameters import plus
from sla_clock.domain.target import Metric

DeskPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
TicketPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
OpenState = Literal["running", "paused", "breached"]


def _in_range(at: datetime) -> datetime:
    if not EARLIEST <= at <= LATEST:
        raise ValueError(f"a time from {EARLIEST:%Y} to {LATEST:%Y} is needed")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
AskedMoment = Annotated[Moment, BeforeValidator(plus)]


class Asked(BaseModel):
    """A request's body: no key beyond those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StepGiven(BaseModel):
    """An at-risk step or an offset of a target, and when it falls."""

    step: str = Field(examples=["75", "expect", "-8h"])
    at: datetime
    reached: bool


class TargetGiven(BaseModel):
    """One clock. Seconds are of working time on its calendar; `due_at` is null while paused."""

    metric: Metric
    cycle: int = Field(description="1, and one more where a reopening starts it afresh")
    priority: str
    calendar: str = Field(description="name of a calendar of the policy")
    within: str = Field(description="as the policy says it", examples=["8h", "10 business days"])
    started_at: datetime
    due_at: datetime | None
    state: ClockState
    elapsed_seconds: float
    remaining_seconds: float = Field(description="negative after the due time")
    paused_seconds: float
    longest_seconds: float = Field(description="the longest that a cycle of the metric has taken")
    met_at: datetime | None
    breached_at: datetime | None
    expected_at: datetime | None = None
    breach_cause: str | None = Field(None, description="the change that put due into the past")
    agreed_at: datetime | None = Field(None, description="the due time agreed with the client")
    steps: list[StepGiven] = Field([], description="an end leaves none that it made moot")
    excused: str | None = Field(None, description="the reason; the breach stays")
    provisional: bool = Field(False, description="due in a year whose holidays are not decreed")


class ActorGiven(BaseModel):
    """Who did it."""

    kind: Literal["requester", "engineer", "integrator", "system"]
    id: str
    rule: str | None = None


class MoveGiven(BaseModel):
    """The due time became `due_at` instead of `was`."""

    cause: str = Field(
        description="the change: priority, category, service_level, contract, schedule, policy; or "
        "what the clock stood still for until then: waiting, deferred, closed, next_response"
    )
    was: datetime
    due_at: datetime
    by: ActorGiven | None


class SegmentGiven(BaseModel):
    """A stretch [from, to) of a clock: whether it counted, and why not."""

    model_config = ConfigDict(populate_by_name=True)

    metric: Metric
    cycle: int
    from_: datetime = Field(alias="from")
    to: datetime
    counted: bool
    reason: str = Field(
        examples=["working time", "night", "weekend", "holiday 2026-11-04 Unity Day", "waiting"]
    )
    code: str = Field(
        description="working time, night, break, weekend, holiday, override, waiting, deferred, "
        "closed, next_response, restarted",
    )
    text: str = Field(description="the reason in the reader's language: en, ru or fr")
    by: ActorGiven | None = Field(None, description="who made the clock stand still")
    moved: MoveGiven | None = Field(None, description="the due time moved where this begins")


class SlaGiven(BaseModel):
    """A ticket's clocks at an instant, every second of them explained."""

    policy_version: int = Field(description="0: a policy given in a preview")
    targets: list[TargetGiven]
    segments: list[SegmentGiven]


class OpenClock(BaseModel):
    """What was said last of an open clock."""

    ticket: str
    metric: Metric
    cycle: int
    state: OpenState
    priority: str
    within: str
    calendar: str
    started_at: datetime
    due_at: datetime | None
    breached_at: datetime | None


class OpenClocks(BaseModel):
    """A page, soonest first; those without a due time last."""

    items: list[OpenClock]
    next_cursor: str | None


class ExcuseAsked(Asked):
    """Why a breach is excused: one of the desk's reasons."""

    cycle: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class CalculationGiven(BaseModel):
    """One operation's result: `end` or `seconds`."""

    end: datetime | None = None
    seconds: float | None = None
    provisional: bool | None = Field(None, description="true where holidays are not decreed yet")


class CalculationsGiven(BaseModel):
    """A result an operation, in order."""

    calendar_version: str
    results: list[CalculationGiven]


PREVIEWS: dict[str, Any] = {
    "given-policy": {
        "summary": "A policy that no desk has, a day with a question to the client",
        "value": {
            "policy": {
                "desk": "imagined",
                "name": "Imagined",
                "time_zone": "Europe/Moscow",
                "number": "I-{sequence}",
                "calendars": {"office": {"hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}},
                "channels": {"web": {"accept": "always"}},
                "sla": {
                    "targets": [
                        {
                            "metric": "handling",
                            "within": "8h",
                            "calendar": "office",
                            "pauses": ["waiting"],
                        }
                    ]
                },
            },
            "ticket": {"channel": "web"},
            "events": [
                {"type": "TicketOpened", "at": "2026-11-20T09:30:00Z"},
                {"type": "InfoRequested", "at": "2026-11-20T12:00:00Z"},
                {"type": "InfoProvided", "at": "2026-11-23T08:00:00Z"},
            ],
            "as_of": "2026-11-23T09:00:00Z",
        },
    }
}
CALCULATIONS: dict[str, Any] = {
    "office": {
        "summary": "Eight hours, ten business days, and the time between",
        "value": {
            "calendar": {
                "time_zone": "Europe/Moscow",
                "hours": {"mon-fri": ["10:00-18:00"]},
                "holidays": "RU",
            },
            "operations": [
                {"op": "add", "start": "2026-11-20T14:00:00Z", "seconds": 28800},
                {
                    "op": "add_days",
                    "start": "2026-11-20T14:00:00Z",
                    "days": 10,
                    "end_of_day": True,
                },
                {
                    "op": "between",
                    "start": "2026-11-20T14:00:00Z",
                    "end": "2026-11-24T09:00:00Z",
                },
            ],
        },
    }
}
