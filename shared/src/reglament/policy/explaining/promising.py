"""What a policy says of the desk's own work: promises, queues, levels, reasons, letters."""

from collections.abc import Iterator

from reglament.policy.explaining.hours import opening_hours
from reglament.policy.explaining.words import Clause, Code, Run, Span, Value, several
from reglament.policy.model import Condition, Level, Policy, Target

_SELECTORS = ("priority", "category", "service_level", "channel")


def clocks(policy: Policy) -> Iterator[Clause]:
    """Every promise, with what makes it stand still and when it is at risk."""
    if policy.sla.targets:
        yield Clause(f"starts_{policy.sla.starts}", {})
        yield Clause(f"reopen_{policy.sla.on_reopen}", {})
    else:
        yield Clause("no_targets", {})
    for target in policy.sla.targets:
        yield Clause(
            "target",
            {
                "metric": Code("metrics", target.metric),
                "when": _conditions(target),
                "within": Span(target.within),
                "by": Run((Clause("end_of_day", {}),) if target.by else ()),
                "hours": opening_hours(policy, target.calendar),
            },
        )
        yield from _risks(target)


def _risks(target: Target) -> Iterator[Clause]:
    named: dict[str, Value] = {"metric": Code("metrics", target.metric)}
    if target.paused_by:
        yield Clause("paused", {**named, "by": several(target.paused_by, "or", "pauses")})
    if target.expect is not None:
        yield Clause("expect", {**named, "within": Span(target.expect)})
    if target.usual is not None:
        least, most = target.usual
        yield Clause("usual", {**named, "least": Span(least), "most": Span(most)})
    if target.at_risk:
        steps = several(tuple(f"{step} %" for step in target.at_risk))
        yield Clause("at_risk", {**named, "steps": steps})
    for offset in target.offsets:
        side = "before_due" if offset.startswith("-") else "after_due"
        yield Clause(side, {**named, "offset": Span(offset)})


def _conditions(of: Target | Condition) -> Value:
    return Run(
        tuple(
            Clause("when", {"what": Code("parts", name), "values": several(wanted, "or")})
            for name in _SELECTORS
            if (wanted := getattr(of, name))
        )
    )


def work(policy: Policy) -> Iterator[Clause]:
    """Levels, queue, departments, escalation."""
    yield Clause("levels", {"levels": several(tuple(level.name for level in policy.levels))})
    for level in policy.levels:
        yield from _level(level)
    yield Clause(f"queue_from_{policy.queue.from_}", {})
    yield Clause(f"queue_{policy.queue.order}", {})
    first = policy.queue.out_of_turn
    if first.priority:
        yield Clause("first_priority", {"values": several(first.priority, "or")})
    if first.causes:
        yield Clause("first_causes", {"values": several(first.causes, "or")})
    for route in policy.routing:
        values = {"when": _conditions(route.when), "department": route.department}
        yield Clause("route", values)
    if policy.known_departments:
        yield Clause("departments", {"departments": several(policy.known_departments)})
    for step in policy.escalation:
        at = Clause("step", {"step": str(step.step)}) if step.step is not None else None
        yield Clause(
            f"escalates_{step.on}",
            {
                "metric": Code("metrics", step.metric),
                "step": Run((at,) if at else ()),
                "to": Code("to", step.to),
            },
        )


def _level(level: Level) -> Iterator[Clause]:
    named: dict[str, Value] = {"level": level.name}
    if level.languages:
        yield Clause("level_languages", {**named, "languages": several(level.languages)})
    if level.qualifications:
        values = several(level.qualifications)
        yield Clause("level_qualifications", {**named, "qualifications": values})
    if level.served is not None:
        yield Clause("level_served", {**named, "served": Span(level.served)})


def reasons(policy: Policy) -> Iterator[Clause]:
    """For which reasons the desk defers, refuses, moves a date or excuses a breach."""
    given = {
        "deferral": policy.reasons.deferral,
        "refusal": policy.reasons.of_refusal,
        "schedule": policy.reasons.schedule,
        "excuse": policy.reasons.excuse,
    }
    for what, codes in given.items():
        name = "reasons" if codes else "any_reason"
        yield Clause(name, {"what": Code("reasons_for", what), "reasons": several(codes, "or")})
    if policy.causes:
        yield Clause("causes", {"causes": several(tuple(policy.causes))})


def letters(policy: Policy) -> Iterator[Clause]:
    """How much it writes, and what of it is the desk's own."""
    count, _, per = policy.notifications.limit_per_address.partition("/")
    yield Clause("letters_limit", {"count": count, "per": Code("per", per)})
    if policy.notifications.hints:
        hints = several(policy.notifications.hints, kind="hints")
        yield Clause("letters_hints", {"hints": hints})
    if policy.notifications.on:
        yield Clause("letters_on", {"letters": several(policy.notifications.on)})
    if policy.letters.templates:
        own = several(tuple(sorted(policy.letters.templates)))
        yield Clause("letters_own", {"letters": own})
    if policy.answers:
        titles = several(tuple(answer.title for answer in policy.answers))
        yield Clause("answers", {"answers": titles})
