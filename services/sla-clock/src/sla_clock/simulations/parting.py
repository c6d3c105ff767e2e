"""Where a ticket's two stories part: pure."""

from collections.abc import Sequence
from typing import Any

from sla_clock.domain.explanation import SegmentAnswer, SlaAnswer


def partings(before: SlaAnswer, after: SlaAnswer) -> list[dict[str, Any]]:
    """Of each clock that comes out otherwise: where, and the segments from there on."""
    keys = dict.fromkeys((one.metric, one.cycle) for one in (*before.targets, *after.targets))
    found = []
    for key in keys:
        ours, theirs = _segments(before, key), _segments(after, key)
        at = _parts_at(ours, theirs) or _ends_at(before, after, key)
        if at is not None:
            found.append(
                {
                    "metric": key[0],
                    "cycle": key[1],
                    "at": at,
                    "before": [one for one in ours if one.to > at],
                    "after": [one for one in theirs if one.to > at],
                }
            )
    return found


def _segments(answer: SlaAnswer, key: tuple[str, int]) -> list[SegmentAnswer]:
    return [one for one in answer.segments if (one.metric, one.cycle) == key]


def _parts_at(ours: Sequence[SegmentAnswer], theirs: Sequence[SegmentAnswer]) -> Any:
    for one, other in zip(ours, theirs, strict=False):
        if (one.from_, one.code) != (other.from_, other.code):
            return min(one.from_, other.from_)
        if one.to != other.to:
            return min(one.to, other.to)
    if len(ours) == len(theirs):
        return None
    longer = max(ours, theirs, key=len)
    return longer[min(len(ours), len(theirs))].from_


def _ends_at(before: SlaAnswer, after: SlaAnswer, key: tuple[str, int]) -> Any:
    """The same seconds count, but the budget is another one: from the earlier due time on."""
    dues = [
        (one.due_at, one.state)
        for answer in (before, after)
        for one in answer.targets
        if (one.metric, one.cycle) == key
    ]
    if len(dues) == 2 and dues[0] == dues[1]:
        return None
    return min((due for due, _ in dues if due is not None), default=None)
