"""What is left of an erased person, where, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

from intake.domain.erasure import Copy, Erasure, complete_at, copies_of, is_complete

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)


def erasure(**changes: Any) -> Erasure:
    values: dict[str, Any] = {
        "id": "e",
        "requester": "r",
        "desk": "north",
        "erased_at": AT,
        "erased_by": "admin",
        "counts": {"letters": 2},
        "swept_at": None,
    }
    return Erasure(**{**values, **changes})


def copies(
    now: datetime, *, told: datetime | None = AT, **changes: Any
) -> dict[tuple[str, str], Copy]:
    elsewhere = {} if told is None else {"notifier": told, "escalation": told}
    found = copies_of(erasure(**changes), elsewhere, now, MONTH)
    return {(each.held_by, each.what): each for each in found}


def test_what_intake_held_is_erased_at_once_and_counted() -> None:
    letters = copies(AT)["intake", "letters"]
    assert (letters.state, letters.until, letters.count) == ("erased", AT, 2)


def test_another_services_copy_waits_until_it_says_so() -> None:
    assert copies(AT, told=None)["notifier", "contacts"].state == "waiting"
    assert copies(AT, told=None)["escalation", "reasons"].state == "waiting"
    assert copies(AT, told=AT + DAY)["notifier", "contacts"].until == AT + DAY
    assert complete_at(tuple(copies(AT, told=None).values())) is None


def test_kafka_holds_the_text_for_two_days_and_until_its_segments_were_closed() -> None:
    topic = "kafka", "contents-topic"
    assert copies(AT + DAY, swept_at=AT + DAY)[topic].state == "expiring"
    assert copies(AT + DAY)[topic].until == AT + 2 * DAY
    assert copies(AT + 2 * DAY, swept_at=AT + DAY)[topic].state == "erased"
    assert copies(AT + 9 * DAY, swept_at=None)[topic].state == "expiring"


def test_backups_are_the_last_to_forget() -> None:
    before = tuple(copies(AT + 29 * DAY, swept_at=AT + DAY).values())
    assert complete_at(before) == AT + MONTH
    assert not is_complete(before)
    assert is_complete(tuple(copies(AT + MONTH, swept_at=AT + DAY).values()))


def test_an_address_that_the_desk_keeps_is_told_and_holds_up_nothing() -> None:
    found = copies(AT + MONTH, swept_at=AT + DAY, counts={"customer-register": 1})
    assert found["intake", "customer-register"].state == "kept"
    assert is_complete(tuple(found.values()))
