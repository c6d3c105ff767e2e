"""Time zones from the pinned `tzdata` alone, and wall times as instants (semantics 4, 6)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from zoneinfo import ZoneInfo

TZ_VERSION = version("tzdata")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY_SECONDS = 86_400


@cache
def known_zones() -> frozenset[str]:
    """The IANA names that the pinned database has."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. ValueError for a name that the pinned database has not.

    Read from the package and not from the machine, so that a replay elsewhere answers the same.
    """
    if name not in known_zones():
        raise ValueError(f"time_zone: {name!r} is no IANA time zone")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def micros(at: datetime) -> int:
    """An aware instant as whole microseconds since 1970 UTC. ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no UTC offset")
    return length_of(at - EPOCH)


def length_of(span: timedelta) -> int:
    """A span as whole microseconds; by its parts, which is thrice as fast as by division."""
    return (span.days * DAY_SECONDS + span.seconds) * SECOND + span.microseconds


def instant(value: int) -> datetime:
    """Microseconds since 1970 as an instant in UTC."""
    return EPOCH + span_of(value)


def span_of(length: int) -> timedelta:
    """Whole microseconds as a span."""
    return timedelta(0, 0, length)


def local_date(at: int, tz: ZoneInfo) -> date:
    """The local date at an instant given in microseconds."""
    return instant(at).astimezone(tz).date()


def resolve(day: date, seconds: int, tz: ZoneInfo) -> int:
    """The instant at which the wall clock shows `seconds` past midnight of `day`.

    A wall time that a fold repeats is the first; one that a gap swallows is the first instant
    that exists after it (semantics 4). `seconds` may be 86400 or more: the next days.
    """
    shown = datetime.combine(day, time.min) + timedelta(seconds=seconds)
    first = shown.replace(tzinfo=tz).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) == shown:
        return micros(first)
    return _end_of_gap(shown, tz)


def _end_of_gap(shown: datetime, tz: ZoneInfo) -> int:
    """The instant of the transition that swallows a wall time, found by halving."""
    low = micros(shown.replace(tzinfo=tz, fold=1).astimezone(UTC)) // SECOND
    high = micros(shown.replace(tzinfo=tz, fold=0).astimezone(UTC)) // SECOND
    after = instant(high * SECOND).astimezone(tz).utcoffset()
    while low + 1 < high:
        middle = (low + high) // 2
        if instant(middle * SECOND).astimezone(tz).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high * SECOND
