"""A record outlasts faults that pass, and nothing else."""

from datetime import timedelta

import pytest

from notifier.timers.recording import until_recorded
from reglament.errors import OutcomeUnknown

MINUTE = timedelta(minutes=1)


class Failing:
    """Fails with each of the faults, then is done."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.done = False

    async def __call__(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.done = True


async def test_a_database_that_was_away_is_asked_again() -> None:
    record = Failing(ConnectionResetError(), TimeoutError(), OutcomeUnknown())
    await until_recorded(record, MINUTE)
    assert record.done


async def test_a_fault_of_the_data_is_nobodys_to_wait_for() -> None:
    with pytest.raises(ValueError, match="wrong"):
        await until_recorded(Failing(ValueError("wrong")), MINUTE)


async def test_after_its_time_the_last_fault_is_raised() -> None:
    record = Failing(ConnectionResetError(), TimeoutError("still away"))
    with pytest.raises(TimeoutError, match="still away"):
        await until_recorded(record, timedelta(seconds=0.5))
    assert not record.done
