"""What a ticket's clock stream says, look by look."""

from collections.abc import Sequence

from reglament.decider import fold
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.target import Plan
from tests.support.clocks import at, plan, target

RESPONSE = plan(target("first_response", "1h", at_risk=(50,)), excuses=("client_unreachable",))
HANDLING = plan(target("handling", "4h"))


def judge(
    told: Sequence[f.Fact],
    under: Plan,
    now: str,
    history: Sequence[Event] = (),
    because: str = "e1",
) -> list[Event]:
    """What follows from looking at `now`, after `history`."""
    decider = clock_decider(under)
    command = Judge(facts=tuple(told), at=at(now), because=because)
    return list(decider.decide(command, fold(decider, history)))


def looked(told: Sequence[f.Fact], under: Plan, *times: str) -> list[Event]:
    """The stream after looking at each of the times, with what was recorded by then."""
    history: list[Event] = []
    for now in times:
        known = [one for one in told if one.recorded_at <= at(now)]
        history += judge(known, under, now, history)
    return history


def names(events: Sequence[Event]) -> list[str]:
    """The events' types."""
    return [type(event).__name__ for event in events]
