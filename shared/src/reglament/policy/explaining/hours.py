"""Opening hours in words."""

from reglament.policy.explaining.words import Clause, Code, Run, Value, several
from reglament.policy.model import Policy


def opening_hours(policy: Policy, name: str) -> Value:
    """When the calendar is open, and which days are taken out of it or put into it."""
    calendar = policy.calendars[name]
    if calendar.hours == "24x7":
        return Clause("always_open", {})
    spans = tuple(
        Clause("span_next" if place else "span", {"days": _days(days), "spans": several(hours)})
        for place, (days, hours) in enumerate(calendar.hours.items())
    )
    return Run((*spans, *_exceptions(policy, name)))


def _days(days: str) -> Value:
    """`mon-fri` or `sat,sun`, in the reader's words for days."""
    first, dash, last = days.partition("-")
    if dash:
        return Clause("days", {"first": Code("days", first), "last": Code("days", last)})
    return several(tuple(each.strip() for each in days.split(",")), kind="days")


def _exceptions(policy: Policy, name: str) -> tuple[Clause, ...]:
    calendar, found = policy.calendars[name], []
    if isinstance(calendar.holidays, str):
        country = Code("countries", calendar.holidays)
        found.append(Clause("but_holidays", {"country": country}))
    elif calendar.holidays or calendar.annual_holidays:
        dates = several((*calendar.holidays, *calendar.annual_holidays))
        found.append(Clause("but_dates", {"dates": dates}))
    if calendar.short_days:
        found.append(Clause("short_days", {}))
    if calendar.overrides:
        found.append(Clause("overrides", {"dates": several(tuple(calendar.overrides))}))
    if calendar.time_zone is not None:
        found.append(Clause("in_zone", {"zone": calendar.time_zone}))
    return tuple(found)
