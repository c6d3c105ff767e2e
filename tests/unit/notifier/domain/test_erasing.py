"""That copies are gone is said once an erasure."""

from dataclasses import replace

from notifier.domain.erasing import ACTOR, ERASING, SayErased
from reglament.events.notifications import CopiesErased
from reglament.testing import AT, given

COMMAND = SayErased(at=AT, erasure="e1", requester="r", contents=2)
SAID = CopiesErased(at=AT, actor=ACTOR, erasure="e1", requester="r", contents=2)


def test_that_copies_are_gone_is_said() -> None:
    given(ERASING).when(COMMAND).then(SAID)


def test_it_is_said_once() -> None:
    given(ERASING, SAID).when(COMMAND).then_nothing()


def test_another_erasure_of_the_same_person_is_said_too() -> None:
    again = replace(COMMAND, erasure="e2")
    given(ERASING, SAID).when(again).then_types(CopiesErased)
