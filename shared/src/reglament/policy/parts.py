"""Values of the policy file that may be written in more than one way."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

OnViolation = Literal["refuse", "return", "flag"]


def one_or_many(value: object) -> object:
    """`high` and `[high]` mean the same."""
    return (value,) if isinstance(value, str) else value


Template = Annotated[
    tuple[str, ...], BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])
]


def _joined(value: object) -> object:
    """`["09:00", "18:00"]` and `"09:00-18:00"` mean the same."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return "-".join(map(str, value))
    return value


Spans = tuple[Annotated[str, BeforeValidator(_joined, json_schema_input_type=str)], ...]


class Calendar(BaseModel):
    """Opening hours (semantics 4): `24x7`, or spans by weekday; holidays by country code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: Literal["24x7"] | dict[str, Spans]
    time_zone: str | None = None  # the desk's where it is not said
    holidays: str | tuple[str, ...] = ()  # a country code, or local dates
    annual_holidays: tuple[str, ...] = ()
    overrides: dict[str, Spans] = {}
    short_days: bool = False


class ChannelRule(BaseModel):
    """accept: always | never | with_ticket | {during: CALENDAR}."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accept: Literal["always", "never", "with_ticket"] | dict[Literal["during"], str]
    preferred: bool = False
    entered_by: Literal["anyone", "agent"] = "anyone"

    @property
    def calendar(self) -> str | None:
        """The calendar in whose hours the channel is open, None: at any hour."""
        return self.accept["during"] if isinstance(self.accept, Mapping) else None


class FieldRule(BaseModel):
    """A field of the request: its type, when it is required, and where it is found.

    customer: names the customer, by number or name on the desk's register.
    labels: how a letter's line begins (`ИНН: …`); from: `fields` of the request and/or `body`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: Literal["text", "inn", "customer", "link", "flag", "number"] = "text"
    required: bool = False
    when: dict[Literal["category", "priority", "channel"], Template] = {}
    labels: tuple[str, ...] = ()
    from_: tuple[Literal["fields", "body"], ...] = Field(("fields", "body"), alias="from")
    otherwise: OnViolation = "return"
