"""That copies are gone is said once an erasure."""

import pytest

from reglament.erasing import ERASING, Said, SayErased
from reglament.events.escalations import ReasonsErased
from reglament.events.notifications import CopiesErased
from reglament.testing import AT, SYSTEM, given

COPIES = CopiesErased(at=AT, actor=SYSTEM, erasure="e1", requester="r", contents=2)
REASONS = ReasonsErased(at=AT, actor=SYSTEM, erasure="e1", requester="r", reasons=1)
EITHER = pytest.mark.parametrize("said", [COPIES, REASONS])


@EITHER
def test_that_copies_are_gone_is_said(said: Said) -> None:
    given(ERASING).when(SayErased(said=said)).then(said)


@EITHER
def test_it_is_said_once(said: Said) -> None:
    given(ERASING, said).when(SayErased(said=said)).then_nothing()


def test_another_erasure_of_the_same_person_is_said_too() -> None:
    again = CopiesErased(at=AT, actor=SYSTEM, erasure="e2", requester="r")
    given(ERASING, COPIES).when(SayErased(said=again)).then_types(CopiesErased)
