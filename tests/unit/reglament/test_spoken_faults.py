"""What a log and a trace say of a fault: its kind always, its words where they quote nobody."""

import asyncpg
import pytest
from pydantic import BaseModel, ValidationError

from reglament.errors import Conflict
from reglament.mail.addresses import AddressError
from reglament.spoken_faults import CUT, traceback_of, words_of

CANARY = "Dear support, my password is hunter2"


class Form(BaseModel):
    """Whatever somebody fills in."""

    number: int


def quoting() -> list[BaseException]:
    """Faults of libraries whose words hold what they could not take."""
    faults: list[BaseException] = []
    for attempt in (
        lambda: int(CANARY),
        lambda: Form.model_validate({"number": CANARY}),
        lambda: dict[str, int]()[CANARY],
        lambda: (CANARY + "é").encode("ascii"),
    ):
        try:
            attempt()
        except (ValueError, LookupError) as fault:
            faults.append(fault)
    row = asyncpg.CheckViolationError('new row for relation "letters" violates "letters_size"')
    row.detail = f"Failing row contains (1, {CANARY})."
    value = asyncpg.InvalidTextRepresentationError(f'invalid input syntax for integer: "{CANARY}"')
    argument = asyncpg.exceptions.DataError(f"invalid input for query argument $1: '{CANARY}'")
    return [*faults, row, value, argument]


@pytest.mark.parametrize("fault", quoting(), ids=lambda fault: type(fault).__name__)
def test_no_fault_tells_what_somebody_wrote(fault: BaseException) -> None:
    assert "hunter2" in f"{fault}{getattr(fault, 'detail', '')}{fault!r}"
    assert "hunter2" not in words_of(fault)
    assert "hunter2" not in traceback_of((type(fault), fault, fault.__traceback__))
    assert words_of(fault).startswith(type(fault).__name__)


def test_words_of_ours_and_of_the_system_are_said() -> None:
    assert words_of(Conflict("ticket/1", 3, 4)) == "Conflict: ticket/1: expected version 3, found 4"
    assert words_of(ConnectionRefusedError(111, "refused")).endswith("[Errno 111] refused")
    assert words_of(AddressError("too-long")) == "AddressError: too-long"
    assert words_of(TimeoutError()) == "TimeoutError"
    assert words_of(ValidationError.from_exception_data("Form", [])).endswith(CUT)


def test_a_traceback_has_the_frames_of_the_fault_and_of_what_came_before() -> None:
    try:
        try:
            int(CANARY)
        except ValueError as fault:
            raise RuntimeError("the form cannot be read") from fault
    except RuntimeError as fault:
        said = traceback_of((type(fault), fault, fault.__traceback__))
    assert said.count(__file__) == 2
    assert f"ValueError: {CUT}" in said
    assert said.endswith("RuntimeError: the form cannot be read")


def test_each_fault_of_a_group_is_told() -> None:
    group = ExceptionGroup("two", [TypeError("one"), ValueError(CANARY)])
    said = traceback_of((type(group), group, None))
    assert "TypeError: one" in said
    assert f"ValueError: {CUT}" in said
