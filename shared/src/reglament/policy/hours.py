"""The policy's calendars as values that can be reckoned with."""

from collections.abc import Mapping

from reglament.calendars.calendar import Calendar
from reglament.calendars.reading import read_calendar
from reglament.policy import parts
from reglament.policy.model import Policy


def calendar_of(
    written: parts.Calendar, policy: Policy, editions: Mapping[str, int] | None = None
) -> Calendar:
    """One calendar, in the desk's zone where it names none. Raises ValueError with the key.

    One without weekly hours is refused: after its last date it never opens (semantics 3).
    """
    calendar = read_calendar(
        written.model_dump(exclude_defaults=True), time_zone=policy.time_zone, editions=editions
    )
    if not any(calendar.week):
        raise ValueError("hours: the calendar never opens")
    return calendar


def calendars_of(
    policy: Policy, editions: Mapping[str, int] | None = None
) -> Mapping[str, Calendar]:
    """Name -> calendar, of a policy that was checked when it was published.

    editions: by which versions of the regions' holidays; the newest where it says nothing.
    """
    return {
        name: calendar_of(written, policy, editions) for name, written in policy.calendars.items()
    }
