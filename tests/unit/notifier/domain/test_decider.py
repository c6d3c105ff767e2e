"""What goes on record of a ticket's letters."""

from notifier.domain.commands import DueCallback, RecordBounced, RecordFailed, RecordSent
from notifier.domain.decider import decider
from reglament.events.notifications import (
    CallbackDue,
    NotificationBounced,
    NotificationFailed,
    NotificationSent,
)
from reglament.testing import AT, SYSTEM, given

SENT = NotificationSent(
    at=AT, actor=SYSTEM, template="confirmation", to="requester", message_id="<a@b>", effect="e"
)
SEND = RecordSent(
    at=AT, actor=SYSTEM, template="confirmation", to="requester", message_id="<a@b>", effect="e"
)
FAIL = RecordFailed(
    at=AT,
    actor=SYSTEM,
    template="confirmation",
    to="requester",
    message_id="<a@b>",
    because="smtp-550",
)
BOUNCE = RecordBounced(
    at=AT, actor=SYSTEM, template="confirmation", to="requester", message_id="<a@b>", code="5.1.1"
)


def test_a_letter_is_recorded_as_sent_once() -> None:
    given(decider()).when(SEND).then(SENT)
    given(decider(), SENT).when(SEND).then_nothing()


def test_a_letter_that_was_sent_cannot_fail_any_more() -> None:
    given(decider()).when(FAIL).then_types(NotificationFailed)
    given(decider(), SENT).when(FAIL).then_nothing()


def test_a_bounce_is_recorded_once() -> None:
    (bounced,) = given(decider(), SENT).when(BOUNCE).then_types(NotificationBounced)
    given(decider(), SENT, bounced).when(BOUNCE).then_nothing()


def test_a_callback_is_due_by_its_purpose() -> None:
    command = DueCallback(at=AT, actor=SYSTEM, purpose="answer")
    given(decider()).when(command).then(CallbackDue(at=AT, actor=SYSTEM, purpose="answer"))
