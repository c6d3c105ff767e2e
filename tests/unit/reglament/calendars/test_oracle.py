"""Random calendars in zones with odd histories, held against a count tick by tick.

`make proof-calendars` tries 10,000 of them (CALENDARS, SEED); here are some hundreds.
"""

import os
import random
from datetime import timedelta

from reglament.calendars.working_time import add, between, is_open
from tests.support.calendar_oracle import Case, Oracle, random_case

CALENDARS = int(os.environ.get("CALENDARS", "150"))
SEED = int(os.environ.get("SEED", "1"))
ASKED = 25


def _differs(case: Case, chosen: random.Random) -> str:
    """What is not as counted, or not a law; empty: nothing."""
    oracle = Oracle(case)
    for _ in range(ASKED):
        one, two = sorted(chosen.randrange(case.ticks) for _ in range(2))
        start, end = oracle.at(one), oracle.at(two)
        counted = oracle.between(one, two)
        if between(case.calendar, start, end) != counted:
            return f"between {start} {end}: {between(case.calendar, start, end)}, not {counted}"
        if is_open(case.calendar, start) != oracle.is_open[one]:
            return f"is_open {start}: not {oracle.is_open[one]}"
        budget = chosen.randrange(1, 2 + oracle.sums[-1] - oracle.sums[one])
        due = oracle.add(one, budget)
        if due is not None and add(case.calendar, start, budget * case.tick) != oracle.at(due):
            return f"add {start} {budget} ticks: not {oracle.at(due)}"
        middle = oracle.at(chosen.randrange(case.ticks))
        parts = between(case.calendar, start, middle) + between(case.calendar, middle, end)
        if parts != counted:
            return f"between {start} {middle} {end}: parts are {parts}, the whole {counted}"
        back = timedelta(seconds=chosen.randrange(-400_000, 400_000))
        if between(case.calendar, start, add(case.calendar, start, back)) != back:
            return f"between does not undo add {start} {back}"
    return ""


def test_random_calendars_equal_a_count_tick_by_tick() -> None:
    wrong = []
    for number in range(CALENDARS):
        chosen = random.Random(f"{SEED}/{number}")  # noqa: S311 - the same every time
        case = random_case(chosen)
        if told := _differs(case, chosen):
            wrong.append((number, case.calendar.zone, told))
    assert not wrong
