"""A ticket's past under its own policy and under a draft: pure (semantics 8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reglament.policy.model import Policy
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Verdict, judged
from sla_clock.domain.planning import plan_of
from sla_clock.domain.story import Story, story
from sla_clock.domain.target import METRICS, Metric, Plan
from sla_clock.projections.ticket_events import TicketFacts

Key = tuple[Metric, int]
DECIDED = ("met", "breached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A clock that comes out otherwise; None: there is no such clock."""

    ticket: str
    metric: Metric
    cycle: int
    was: str | None
    becomes: str | None
    was_due_at: datetime | None
    due_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Counted:
    """Figures of a share of tickets: clocks by metric, side and state; and tickets.

    unreadable: tickets that could not be reckoned and are in no other figure.
    """

    tickets: int = 0
    differing: int = 0
    unreadable: int = 0
    clocks: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def count(self, metric: str, side: str, state: str) -> None:
        """One more clock of that side: before or after."""
        states = self.clocks.setdefault(metric, {}).setdefault(side, {})
        states[state] = states.get(state, 0) + 1


def draft_of(policy: Policy) -> Plan:
    """A draft's plan; version 0, as in previews."""
    return plan_of(policy, 0)


def changed_metrics(before: Plan, after: Plan) -> frozenset[Metric]:
    """The metrics whose clocks may differ: the others need no reckoning.

    An update clock stands still while a next_response clock runs, so it follows that one.
    """
    if (before.starts, before.on_reopen) != (after.starts, after.on_reopen):
        return frozenset(METRICS)
    found = {
        metric
        for metric in METRICS
        if [target for target in before.targets if target.metric == metric]
        != [target for target in after.targets if target.metric == metric]
    }
    return frozenset(found | ({"update"} if "next_response" in found else set()))


class Replay:
    """Holds tickets' pasts against a draft; what is the same for many is reckoned once."""

    def __init__(self, draft: Plan, as_of: datetime) -> None:
        self._draft, self._as_of = draft, as_of
        self._changed: dict[int, frozenset[Metric]] = {}
        self.counted = Counted()

    def differences(self, known: TicketFacts, plan: Plan) -> Iterator[Difference]:
        """The ticket's clocks that come out otherwise; all of them are counted."""
        self.counted.tickets += 1
        found = list(self._compared(known, plan))
        self.counted.differing += bool(found)
        yield from found

    def _compared(self, known: TicketFacts, plan: Plan) -> Iterator[Difference]:
        metrics = self._metrics(known, plan)
        if not metrics:
            return
        facts = f.known_at(known.facts, self._as_of)
        told = story(facts, plan)
        before = self._verdicts(told, plan, metrics, "before")
        after = self._verdicts(story(facts, self._draft, like=told), self._draft, metrics, "after")
        for metric, cycle in before.keys() | after.keys():
            was, becomes = before.get((metric, cycle)), after.get((metric, cycle))
            found = Difference(
                ticket=known.ticket,
                metric=metric,
                cycle=cycle,
                was=None if was is None else was.state,
                becomes=None if becomes is None else becomes.state,
                was_due_at=None if was is None else was.due_at,
                due_at=None if becomes is None else becomes.due_at,
            )
            if (found.was, found.was_due_at) != (found.becomes, found.due_at):
                yield found

    def _verdicts(
        self, told: Story | None, plan: Plan, metrics: frozenset[Metric], side: str
    ) -> Mapping[Key, Verdict]:
        found = () if told is None else judged(told, plan, self._as_of, metrics)
        by_key = {(one.cycle.metric, one.cycle.number): one for one in found}
        for (metric, _), one in by_key.items():
            self.counted.count(metric, side, one.state)
        return by_key

    def _metrics(self, known: TicketFacts, plan: Plan) -> frozenset[Metric]:
        """A contract's own targets lean on the desk's calendars, so such tickets are whole."""
        if any(getattr(fact, "own_targets", ()) for fact in known.facts):
            return frozenset(METRICS)
        found = self._changed.get(plan.version)
        if found is None:
            found = self._changed[plan.version] = changed_metrics(plan, self._draft)
        return found


def opened_in(known: TicketFacts, since: datetime, until: datetime) -> bool:
    """Whether the ticket was opened in [since, until)."""
    return any(isinstance(fact, f.Opened) and since <= fact.at < until for fact in known.facts)


def merged(shares: list[Counted]) -> Counted:
    """The figures of all shares."""
    whole = Counted()
    for share in shares:
        whole = replace(
            whole,
            tickets=whole.tickets + share.tickets,
            differing=whole.differing + share.differing,
            unreadable=whole.unreadable + share.unreadable,
        )
        for metric, sides in share.clocks.items():
            for side, states in sides.items():
                for state, number in states.items():
                    held = whole.clocks.setdefault(metric, {}).setdefault(side, {})
                    held[state] = held.get(state, 0) + number
    return whole


def attained(states: Mapping[str, int]) -> float | None:
    """met / (met + breached), of what is decided."""
    decided = sum(states.get(state, 0) for state in DECIDED)
    return round(states.get("met", 0) / decided, 6) if decided else None
