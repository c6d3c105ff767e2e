"""What one key alone cannot tell: names that are used must be defined, targets must differ."""

from collections import Counter
from collections.abc import Iterator

from reglament.calendars.zones import zone
from reglament.errors import Violation
from reglament.policy.durations import BusinessDays, parse_duration
from reglament.policy.hours import calendar_of
from reglament.policy.idle_keys import idle_keys
from reglament.policy.letters import letter_faults
from reglament.policy.model import Policy, Target


def faults(policy: Policy) -> list[Violation]:
    """Every fault of a well-formed policy; empty: it may be published."""
    if unknown_zone := list(_zones(policy)):
        return unknown_zone
    return [
        *_hours(policy),
        *_calendars(policy),
        *_targets(policy),
        *_levels(policy),
        *_steps(policy),
        *_names(policy),
        *letter_faults(policy.letters),
        *idle_keys(policy),
    ]


def _zones(policy: Policy) -> Iterator[Violation]:
    try:
        zone(policy.time_zone)
    except ValueError:
        yield Violation(rule="unknown-zone", field="time_zone", detail=policy.time_zone)


def _hours(policy: Policy) -> Iterator[Violation]:
    for name, written in policy.calendars.items():
        try:
            calendar_of(written, policy)
        except ValueError as fault:
            yield Violation(rule="calendar-invalid", field=f"calendars.{name}", detail=str(fault))


def _calendars(policy: Policy) -> Iterator[Violation]:
    used = {f"channels.{name}.accept": rule.calendar for name, rule in policy.channels.items()}
    used |= {
        f"sla.targets.{index}.calendar": target.calendar
        for index, target in enumerate(policy.sla.targets)
    }
    for field, calendar in used.items():
        if calendar is not None and calendar not in policy.calendars:
            yield Violation(rule="unknown-calendar", field=field, detail=calendar)


def _selector(target: Target) -> tuple[object, ...]:
    return (
        target.metric,
        frozenset(target.priority),
        frozenset(target.category),
        frozenset(target.service_level),
        frozenset(target.channel),
    )


def _targets(policy: Policy) -> Iterator[Violation]:
    seen = Counter(_selector(target) for target in policy.sla.targets)
    for index, target in enumerate(policy.sla.targets):
        field = f"sla.targets.{index}"
        if seen[_selector(target)] > 1:
            yield Violation(rule="equal-targets", field=field, detail=target.metric)
        for priority in target.priority:
            if priority not in policy.priorities.levels:
                yield Violation(rule="unknown-priority", field=field, detail=priority)
        for category in target.category:
            if category not in policy.categories:
                yield Violation(rule="unknown-category", field=field, detail=category)
        if target.by and not isinstance(parse_duration(target.within), BusinessDays):
            yield Violation(rule="by-needs-business-days", field=field, detail=target.within)


def _levels(policy: Policy) -> Iterator[Violation]:
    names = [level.name for level in policy.levels]
    if len(set(names)) < len(names) or not names:
        yield Violation(rule="equal-levels", field="levels", detail=", ".join(names))
    for index, step in enumerate(policy.escalation):
        if step.to != "next_level" and step.to not in names:
            yield Violation(rule="unknown-level", field=f"escalation.{index}.to", detail=step.to)
    levels = set(policy.service_levels)
    for index, target in enumerate(policy.sla.targets):
        for level in target.service_level:
            if levels and level not in levels:
                field = f"sla.targets.{index}.service_level"
                yield Violation(rule="unknown-service-level", field=field, detail=level)


def _steps(policy: Policy) -> Iterator[Violation]:
    """A step that no target of its metric has would never fire."""
    for index, escalation in enumerate(policy.escalation):
        targets = [each for each in policy.sla.targets if each.metric == escalation.metric]
        known = {step for target in targets for step in _steps_of(target)}
        said = str(escalation.step)
        is_asked = escalation.on == "at_risk" and escalation.step is not None
        if is_asked and targets and said not in known:
            yield Violation(rule="unknown-step", field=f"escalation.{index}.step", detail=said)


def _steps_of(target: Target) -> Iterator[str]:
    yield from (str(percent) for percent in target.at_risk)
    yield from target.offsets
    if target.expect is not None:
        yield "expect"


def _names(policy: Policy) -> Iterator[Violation]:
    for name, category in policy.categories.items():
        for needed in category.needs:
            if needed not in policy.request.fields and needed != "screenshot_or_log":
                yield Violation(
                    rule="unknown-field", field=f"categories.{name}.needs", detail=needed
                )
    yield from _answers(policy)
    for cause in policy.queue.out_of_turn.causes:
        if policy.causes and cause not in policy.causes:
            yield Violation(rule="unknown-cause", field="queue.out_of_turn.causes", detail=cause)
    for priority in policy.queue.out_of_turn.priority:
        if priority not in policy.priorities.levels:
            yield Violation(
                rule="unknown-priority", field="queue.out_of_turn.priority", detail=priority
            )


def _answers(policy: Policy) -> Iterator[Violation]:
    titles = Counter(answer.title for answer in policy.answers)
    for index, answer in enumerate(policy.answers):
        if titles[answer.title] > 1:
            yield Violation(rule="equal-answers", field=f"answers.{index}", detail=answer.title)
        for category in answer.category:
            if category not in policy.categories:
                field = f"answers.{index}.category"
                yield Violation(rule="unknown-category", field=field, detail=category)
