"""The order in which a desk hands out: out of turn first, then by its own order."""

from escalation.domain.facts import Facts
from reglament.policy.model import Policy

OUT_OF_TURN = 0
PRESUMED = 1
IN_TURN = 2


def rank(facts: Facts, policy: Policy) -> int:
    """The ticket's rank, 0 first; equal ranks stand in order of arrival.

    0: pressing, for one of the desk's causes or confirmed by an engineer; 1: pressing so far
    only by the requester's word (RUS-10); from 2: the desk's order (EIL-12, REM).
    """
    if is_pressing(facts, policy):
        causes = policy.queue.out_of_turn.causes
        presumed = bool(causes) and facts.cause not in causes and not facts.confirmed
        return PRESUMED if presumed else OUT_OF_TURN
    if policy.queue.order == "fifo":
        return IN_TURN
    levels = policy.priorities.levels
    place = levels.index(facts.priority) if facts.priority in levels else len(levels)
    return IN_TURN + place


def is_pressing(facts: Facts, policy: Policy) -> bool:
    """Handed out before its turn: by priority, or by cause where the desk names no priority."""
    rule = policy.queue.out_of_turn
    if rule.priority:
        return facts.priority in rule.priority
    return facts.cause is not None and facts.cause in rule.causes
