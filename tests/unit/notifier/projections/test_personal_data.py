"""A batch's records of one text come to what they would come to one by one."""

from notifier.projections.personal_data import Content

FIRST = Content(version=1, parts='{"text":"one"}', erased=False)
SECOND = Content(version=2, parts='{"text":"two"}', erased=False)
ERASED = Content(version=0, parts="{}", erased=True)


def test_the_newer_version_stands_in_whatever_order_they_come() -> None:
    assert SECOND.after(FIRST) == FIRST.after(SECOND) == SECOND


def test_what_is_erased_stays_erased_and_keeps_its_version() -> None:
    erased = ERASED.after(SECOND)
    assert erased == Content(version=2, parts="{}", erased=True)
    assert SECOND.after(erased) == erased
