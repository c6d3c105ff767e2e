"""Values that many parts of a policy are written in."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from reglament.policy.durations import elapsed_seconds, parse_duration


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _elapsed(text: str) -> str:
    elapsed_seconds(text)
    return text


def _positive(text: str) -> str:
    duration = parse_duration(text)
    if (getattr(duration, "seconds", 0) or getattr(duration, "days", 0)) <= 0:
        raise ValueError(f"{text!r}: a target of zero is met by nobody (semantics 3)")
    return text


DurationText = Annotated[str, AfterValidator(_duration)]
ElapsedText = Annotated[str, AfterValidator(_elapsed)]
TargetText = Annotated[str, AfterValidator(_positive)]
ChannelName = Literal["web", "email", "phone", "fax", "post", "chat", "messenger"]
MetricName = Literal[
    "first_response", "next_response", "update", "work_started", "handling", "resolution"
]
ImageName = Literal["jpg", "gif", "png", "tiff", "bmp", "webp", "heic"]
PauseName = Literal["waiting", "deferred"]


class Part(BaseModel):
    """A part of the policy: frozen, no key beyond those named."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
