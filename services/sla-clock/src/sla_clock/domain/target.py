"""Which promise holds for a ticket: the most specific target that matches (contract, sla)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeGuard, get_args

import msgspec

from reglament.calendars.calendar import Calendar
from reglament.policy.durations import BusinessDays, Duration, parse_duration

Metric = Literal[
    "first_response", "next_response", "update", "work_started", "handling", "resolution"
]
METRICS: tuple[Metric, ...] = get_args(Metric)
HANDLING: frozenset[Metric] = frozenset({"handling", "resolution"})
MOST_RECKONED = 10_000
Editions = tuple[tuple[str, int], ...]  # region, version of its holidays' data; sorted


def editions_of(written: Mapping[str, int]) -> Editions:
    """The same in one order."""
    return tuple(sorted(written.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A promise: within what budget, on which calendar, for which tickets.

    priority, category, service_level, channel: for these only; empty: for all.
    pauses: in which states it stands still. at_risk: percent of the budget. offsets: as written,
    from due. within_text: as the policy wrote it, for people.
    """

    metric: Metric
    within: Duration
    within_text: str
    calendar: Calendar
    calendar_name: str
    priority: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    service_level: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    expect: Duration | None = None
    by_end_of_day: bool = False
    pauses: frozenset[str] = frozenset()
    at_risk: tuple[int, ...] = (50, 75, 90)
    offsets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTarget:
    """What a customer's contract promises instead (MIC-02, RUS-08); texts as in a policy."""

    metric: Metric
    within: str
    calendar: str | None = None
    expect: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The part of a policy version that clocks need, its calendars built.

    editions: by which holidays, where they are told; else by the newest.
    others: of the desk's other versions, by other holidays, to which clocks may have been moved.
    reckoned: what `promised` has found already.
    """

    version: int
    targets: tuple[Target, ...]
    calendars: Mapping[str, Calendar]
    starts: Literal["opened", "accepted"] = "opened"
    on_reopen: Literal["continue", "restart", "ignore"] = "continue"
    excuses: tuple[str, ...] = ()
    editions: Editions = ()
    others: Callable[[int, Editions], "Plan"] | None = field(
        default=None, repr=False, compare=False
    )
    reckoned: dict[tuple["Circumstances", "Standing | None"], "Promises"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def moved_to(self, standing: "Standing") -> "Plan":
        """That of another version; this one where no other is known, as in a simulation."""
        return self if self.others is None else self.others(*standing)


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What of a ticket decides which targets are its own."""

    priority: str
    category: str | None = None
    service_level: str | None = None
    channel: str | None = None
    contract: str | None = None
    own_targets: tuple[OwnTarget, ...] = ()


Promises = Mapping[Metric, Target]


Standing = tuple[int, Editions]  # the policy version, and the holidays, that hold


def promised(plan: Plan, of: Circumstances, moved: Standing | None = None) -> Promises:
    """`promises` of the plan, or of the one moved to; the same asked again is known."""
    found = plan.reckoned.get((of, moved))
    if found is None:
        holding = plan if moved is None else plan.moved_to(moved)
        if len(plan.reckoned) >= MOST_RECKONED:
            plan.reckoned.clear()
        found = plan.reckoned[of, moved] = promises(holding, holding.targets, of)
    return found


def promises(plan: Plan, targets: Iterable[Target], of: Circumstances) -> Promises:
    """One target a metric at most: the most specific match, then the contract's own over it."""
    found: dict[Metric, Target] = {}
    for target in targets:
        if _matches(target, of):
            best = found.get(target.metric)
            if best is None or _specificity(target) > _specificity(best):
                found[target.metric] = target
    for own in sorted(of.own_targets, key=lambda target: target.priority is not None):
        if own.priority in {None, of.priority}:
            found[own.metric] = _overridden(plan, found.get(own.metric), own)
    return found


def _matches(target: Target, of: Circumstances) -> bool:
    pairs = (
        (target.priority, of.priority),
        (target.category, of.category),
        (target.service_level, of.service_level),
        (target.channel, of.channel),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def _specificity(target: Target) -> tuple[int, ...]:
    """More conditions beat fewer; of as many, the level beats the priority and so on.

    A tie is the policy's error, which publishing refuses; here the earlier one holds.
    """
    conditions = (target.service_level, target.priority, target.category, target.channel)
    named = tuple(int(bool(condition)) for condition in conditions)
    return (sum(named), *named)


def _overridden(plan: Plan, base: Target | None, own: OwnTarget) -> Target:
    """The contract's budget, with the desk's calendar, pauses and steps where it has none."""
    template = base or next((t for t in plan.targets if t.metric == own.metric), None)
    name = own.calendar or (template.calendar_name if template else next(iter(plan.calendars), ""))
    if name not in plan.calendars:
        raise ValueError(f"{name!r} is no calendar of the policy")
    changed = Target(
        metric=own.metric,
        within=parse_duration(own.within),
        within_text=own.within,
        calendar=plan.calendars[name],
        calendar_name=name,
        expect=None if own.expect is None else parse_duration(own.expect),
        pauses=frozenset({"waiting", "deferred"}) if own.metric in HANDLING else frozenset(),
    )
    if template is None:
        return changed
    return replace(
        changed,
        pauses=template.pauses,
        at_risk=template.at_risk,
        offsets=template.offsets,
        by_end_of_day=template.by_end_of_day and isinstance(changed.within, BusinessDays),
    )


def is_metric(name: str) -> TypeGuard[Metric]:
    """Whether this release has a clock of that name."""
    return name in METRICS
