"""Whole local years laid out on one line of open time, with what lies before each span."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """From the beginning of the first local year to the end of the last, in microseconds."""

    first: int
    last: int
    begins: int
    ends_at: int


class Line:
    """The open spans of some years: sorted, disjoint, cut at the years' ends.

    The first span is empty and stands at the beginning, so that every instant has a span at or
    before it. before: open time from the anchor to each span; least, most: at the two ends.
    """

    __slots__ = (
        "before",
        "begins",
        "business_days",
        "ends",
        "ends_at",
        "first",
        "last",
        "least",
        "most",
        "starts",
    )

    def __init__(
        self, years: Years, spans: Pairs, business_days: list[int], *, anchor: int
    ) -> None:
        """Join what touches, cut what sticks out, sum up."""
        self.first, self.last = years.first, years.last
        self.begins, self.ends_at = years.begins, years.ends_at
        self.business_days = business_days
        starts, ends = [self.begins], [self.begins]
        for start, end in sorted(spans):
            opens, closes = max(start, self.begins), min(end, self.ends_at)
            if opens < closes and opens <= ends[-1] and len(ends) > 1:
                ends[-1] = max(ends[-1], closes)
            elif opens < closes:
                starts.append(opens)
                ends.append(closes)
        lengths = [end - start for start, end in zip(starts, ends, strict=True)]
        self.least = -sum(max(0, min(e, anchor) - s) for s, e in zip(starts, ends, strict=True))
        self.starts, self.ends = starts, ends
        self.before = list(accumulate(lengths[:-1], initial=self.least))
        self.most = self.before[-1] + lengths[-1]


def stepped(days: list[int], ordinal: int, steps: int) -> int:
    """The index of the `steps`-th day after `ordinal`; 0: the first from it on."""
    if steps > 0:
        return bisect_right(days, ordinal) + steps - 1
    return bisect_left(days, ordinal) + steps


NOTHING = Line(Years(first=1, last=0, begins=0, ends_at=0), [], [], anchor=0)
