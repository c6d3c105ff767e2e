"""The clocks' part of a policy version, its calendars and durations built."""

from collections.abc import Mapping

from reglament.calendars.calendar import Calendar
from reglament.policy import model
from reglament.policy.durations import parse_duration
from reglament.policy.hours import calendars_of
from sla_clock.domain.target import Plan, Target, editions_of


def target_of(target: model.Target, calendars: Mapping[str, Calendar]) -> Target:
    """A written target with its calendar and durations built; a step written twice is one."""
    return Target(
        metric=target.metric,
        within=parse_duration(target.within),
        within_text=target.within,
        calendar=calendars[target.calendar],
        calendar_name=target.calendar,
        priority=target.priority,
        category=target.category,
        service_level=target.service_level,
        channel=target.channel,
        expect=None if target.expect is None else parse_duration(target.expect),
        by_end_of_day=target.by == "end_of_day",
        pauses=frozenset(target.paused_by),
        at_risk=tuple(dict.fromkeys(target.at_risk)),
        offsets=tuple(dict.fromkeys(target.offsets)),
    )


def plan_of(policy: model.Policy, version: int, editions: Mapping[str, int] | None = None) -> Plan:
    """The plan of a published policy; ValueError where a calendar or duration is wrong.

    editions: by which versions of the regions' holidays; the newest where it says nothing.
    """
    calendars = calendars_of(policy, editions)
    return Plan(
        version=version,
        calendars=calendars,
        targets=tuple(target_of(target, calendars) for target in policy.sla.targets),
        starts=policy.sla.starts,
        on_reopen=policy.sla.on_reopen,
        excuses=policy.reasons.excuse,
        editions=editions_of(editions or {}),
    )
