"""What the desk's list shows after each event of a clock."""

from datetime import timedelta

import pytest

from reglament.events import sla
from reglament.events.registry import Event
from reglament.projections import Row
from reglament.testing import AT, SYSTEM, envelopes
from sla_clock.projections.clocks import Clocks

DUE, LATER = AT + timedelta(hours=1), AT + timedelta(hours=2)
STARTED = sla.ClockStarted(
    at=AT,
    actor=SYSTEM,
    metric="handling",
    started_at=AT,
    due_at=DUE,
    within="1h",
    calendar="always",
    priority="normal",
    calendar_version="1",
)
BREACHED = sla.ClockBreached(at=DUE, actor=SYSTEM, metric="handling", due_at=DUE)
PAUSED = sla.ClockPaused(at=AT, actor=SYSTEM, metric="handling", because="waiting")
RESUMED = sla.ClockResumed(at=AT, actor=SYSTEM, metric="handling", due_at=LATER)
MET = sla.ClockMet(
    at=LATER, actor=SYSTEM, metric="handling", met_at=LATER, elapsed_seconds=1.0, late=True
)
CANCELLED = sla.ClockCancelled(at=LATER, actor=SYSTEM, metric="handling", because="refused")
UNBREACHED = sla.ClockCorrected(
    at=LATER,
    actor=SYSTEM,
    metric="handling",
    was="breached",
    state="met",
    because="e1",
    effective_at=AT,
)


def row_after(*events: Event) -> Row:
    projection, row = Clocks(), None
    for envelope in envelopes("t-1", *events):
        (key,) = projection.keys(envelope)
        assert key == "t-1/handling/1"
        row = projection.project(key, row, envelope)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("events", "state", "is_open"),
    [
        ((STARTED,), "running", True),
        ((STARTED, PAUSED), "paused", True),
        ((STARTED, PAUSED, RESUMED), "running", True),
        ((STARTED, BREACHED), "breached", True),
        ((STARTED, BREACHED, PAUSED), "breached", True),
        ((STARTED, MET), "met", False),
        ((STARTED, BREACHED, MET), "breached", False),
        ((STARTED, CANCELLED), "cancelled", False),
        ((STARTED, BREACHED, UNBREACHED), "met", False),
    ],
    ids=lambda case: "-".join(type(one).__name__ for one in case) if type(case) is tuple else None,
)
def test_a_clock_stands_in_the_list_as_it_is(
    events: tuple[Event, ...], state: str, is_open: bool
) -> None:
    row = row_after(*events)
    assert (row["state"], row["is_open"]) == (state, is_open)


def test_a_correction_takes_the_breach_away() -> None:
    assert row_after(STARTED, BREACHED)["breached_at"] is not None
    assert row_after(STARTED, BREACHED, UNBREACHED)["breached_at"] is None


def test_what_follows_an_unknown_start_makes_no_row() -> None:
    (envelope,) = envelopes("t-1", BREACHED)
    assert Clocks().project("t-1/handling/1", None, envelope) is None
