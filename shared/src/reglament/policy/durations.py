"""Durations of a policy: `30s`, `15m`, `8h`, `180d`, `10 business days`, `-8h`."""

import re
from dataclasses import dataclass

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ELAPSED = re.compile(r"^(-?)((?:\d+[smhd]\s*)+)$")
_PART = re.compile(r"(\d+)([smhd])")
_BUSINESS = re.compile(r"^(\d+) business days?$")


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Real elapsed seconds (semantics 2); negative ones look back from a due time."""

    seconds: int


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Its own unit, not N x 8 h (semantics 5)."""

    days: int


Duration = Elapsed | BusinessDays


def parse_duration(text: str) -> Duration:
    """The duration that `text` names. Raises ValueError with the forms that are understood."""
    stripped = text.strip()
    if match := _BUSINESS.match(stripped):
        return BusinessDays(int(match[1]))
    if match := _ELAPSED.match(stripped):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(match[2]))
        return Elapsed(-seconds if match[1] else seconds)
    raise ValueError(f"{text!r} is no duration: write 30s, 15m, 8h, 1h 30m or '10 business days'")


def elapsed_seconds(text: str) -> int:
    """Seconds of a duration which may not be in business days."""
    duration = parse_duration(text)
    if isinstance(duration, BusinessDays):
        raise ValueError(f"{text!r}: business days do not fit here")  # noqa: TRY004 - of the text
    return duration.seconds
