"""What a policy says of the desk's own work: promises, queues, levels, reasons, letters."""

from collections.abc import Iterator

from reglament.policy.explaining.asking import categories_named, conditions, quoted, rate
from reglament.policy.explaining.hours import opening_hours
from reglament.policy.explaining.words import Clause, Code, Run, Span, Value, owned, several
from reglament.policy.letters import in_language
from reglament.policy.model import EscalationStep, Level, Policy, Target


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
                "when": conditions(policy, target),
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


def work(policy: Policy) -> Iterator[Clause]:
    """Levels, queue, departments, escalation."""
    yield Clause("levels", {"levels": several(tuple(level.name for level in policy.levels))})
    for level in policy.levels:
        yield from _level(level)
    yield Clause(f"queue_from_{policy.queue.from_}", {})
    yield Clause(f"queue_{policy.queue.order}", {})
    yield from _out_of_turn(policy)
    for route in policy.routing:
        when = conditions(policy, route.when)
        yield Clause("route", {"when": when, "department": route.department})
    if policy.known_departments:
        yield Clause("departments", {"departments": several(policy.known_departments)})
    for step in policy.escalation:
        yield _escalation(step)


def _out_of_turn(policy: Policy) -> Iterator[Clause]:
    """Named causes stand before what is pressing by its priority alone, until that is confirmed."""
    first = policy.queue.out_of_turn
    titles = {name: cause.titles for name, cause in policy.causes.items()}
    causes = several(owned("causes", first.causes, titles), "or")
    if first.priority:
        urgent = several(owned("priorities", first.priority, policy.priorities.titles), "or")
        yield Clause("first_priority", {"values": urgent})
        if first.causes:
            yield Clause("first_checked", {"values": causes})
    elif first.causes:
        yield Clause("first_causes", {"values": causes})


def _escalation(step: EscalationStep) -> Clause:
    is_next = step.to == "next_level"
    to = Clause("to_next", {}) if is_next else Clause("to_most", {"level": step.to})
    metric = Code("metrics", step.metric)
    return Clause(f"escalates_{step.on}", {"metric": metric, "step": _step(step), "to": to})


def _step(step: EscalationStep) -> Value:
    """A share of the time, the time by which it was expected, or before or after the due time."""
    said = str(step.step)
    if step.step is None:
        return Clause("step_any", {})
    if said.isdigit():
        return Clause("step_share", {"step": said})
    if said == "expect":
        return Clause("step_expect", {})
    name = "step_before" if said.startswith("-") else "step_after"
    return Clause(name, {"offset": Span(said)})


def _level(level: Level) -> Iterator[Clause]:
    named: dict[str, Value] = {"level": level.name}
    if level.languages:
        languages = several(level.languages, kind="spoken")
        yield Clause("level_languages", {**named, "languages": languages})
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
        said = several(owned("reasons", codes), "or")
        yield Clause(name, {"what": Code("reasons_for", what), "reasons": said})
    if policy.causes:
        titles = {name: cause.titles for name, cause in policy.causes.items()}
        yield Clause("causes", {"causes": several(owned("causes", policy.causes, titles))})


def letters(policy: Policy) -> Iterator[Clause]:
    """How much it writes, and what of it is the desk's own."""
    own = policy.letters
    for name, text in (("letters_from", own.from_name), ("letters_signed", own.signature)):
        if text is not None:
            said = in_language(text, policy.locale, policy.locale) or ""
            yield Clause(name, {"text": " / ".join(said.split("\n"))})
    yield from _limits(policy)
    if policy.notifications.hints:
        hints = several(policy.notifications.hints, kind="hints")
        yield Clause("letters_hints", {"hints": hints})
    if policy.notifications.on:
        on = several(policy.notifications.on, kind="letters")
        yield Clause("letters_on", {"letters": on})
    if policy.letters.templates:
        written = several(tuple(sorted(policy.letters.templates)), kind="letters")
        yield Clause("letters_own", {"letters": written})
    if policy.answers:
        titles = several(tuple(answer.title for answer in policy.answers))
        yield Clause("answers", {"answers": titles})
        yield from _offered(policy)


def _offered(policy: Policy) -> Iterator[Clause]:
    """To which requests an answer is offered: by their words, or by their category."""
    for answer in policy.answers:
        named: dict[str, Value] = {"answer": answer.title}
        if answer.keywords:
            yield Clause("answer_keywords", {**named, "words": quoted(answer.keywords)})
        if answer.category:
            categories = several(categories_named(policy, answer.category), "or")
            yield Clause("answer_category", {**named, "categories": categories})


def _limits(policy: Policy) -> Iterator[Clause]:
    bounds = policy.notifications
    limits = [
        ("letters_limit", bounds.limit_per_address),
        ("letters_desk", bounds.limit_per_desk),
        *(("letters_unproven", limit) for limit in bounds.limit_unproven),
    ]
    for name, limit in limits:
        count, _, per = limit.partition("/")
        yield Clause(name, {"count": count, "per": rate(per)})
