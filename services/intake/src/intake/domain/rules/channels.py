"""May a request come by this channel, now (EIL-02 … EIL-04, WIS-03, WIS-17, REM-10, RUS-06)?"""

from datetime import datetime
from functools import lru_cache

from intake.domain.facts import Arrival, EnteredBy
from reglament.calendars.calendar import Calendar
from reglament.calendars.reading import read_calendar
from reglament.calendars.working_time import next_opening
from reglament.errors import Refused, Violation
from reglament.instants import rfc3339
from reglament.policy import parts
from reglament.policy.model import Policy

KIND = "channel-not-accepted"


def opening_violations(policy: Policy, arrival: Arrival, at: datetime) -> list[Violation]:
    """Why the channel opens no ticket at `at`; empty: it does."""
    rule = policy.channels.get(arrival.channel)
    if rule is None or rule.accept == "never":
        return [_violation("channel-not-official", official(policy))]
    if rule.accept == "with_ticket":
        return [_violation("channel-needs-ticket", official(policy))]
    if rule.entered_by == "agent" and arrival.entered_by != "engineer":
        return [_violation("channel-entered-by-agent", arrival.channel)]
    if rule.calendar is not None:
        return _in_hours(policy, rule.calendar, at)
    return []


def refuse_closed(policy: Policy, arrival: Arrival, at: datetime) -> None:
    """Also of a request that was made before, by another channel (EIL-04). Raises Refused."""
    if broken := opening_violations(policy, arrival, at):
        raise Refused(broken, kind=KIND)


def message_violations(policy: Policy, channel: str, entered_by: EnteredBy) -> list[Violation]:
    """Why a message to a ticket may not come so. What the desk itself writes is not judged."""
    if entered_by in {"engineer", "system"}:
        return []
    rule = next((rule for name, rule in policy.channels.items() if name == channel), None)
    if rule is None or rule.accept == "never":
        return [_violation("channel-not-official", official(policy))]
    if rule.entered_by == "agent":
        return [_violation("channel-entered-by-agent", channel)]
    return []


def official(policy: Policy) -> str:
    """The channels that open a ticket, preferred first, with addresses: `email (a@b), web`."""
    open_ones = [
        (not rule.preferred, name)
        for name, rule in policy.channels.items()
        if rule.accept == "always" or rule.calendar is not None
    ]
    return ", ".join(_named(policy, name) for _, name in sorted(open_ones))


def _named(policy: Policy, channel: str) -> str:
    address = policy.contacts.get(channel)
    return f"{channel} ({address})" if address else channel


def _in_hours(policy: Policy, name: str, at: datetime) -> list[Violation]:
    opens = next_opening(calendar_of(policy.calendars[name], policy.time_zone), at)
    if opens == at:
        return []
    return [_violation("channel-closed", f"opens {rfc3339(opens)}")]


def calendar_of(written: parts.Calendar, time_zone: str) -> Calendar:
    """The policy's calendar as working time; made once a policy."""
    return _calendar(written.model_dump_json(exclude_defaults=True), time_zone)


@lru_cache(maxsize=256)
def _calendar(written: str, time_zone: str) -> Calendar:
    parsed = parts.Calendar.model_validate_json(written)
    return read_calendar(parsed.model_dump(exclude_defaults=True), time_zone=time_zone)


def _violation(rule: str, detail: str) -> Violation:
    return Violation(rule=rule, field="channel", detail=detail)
