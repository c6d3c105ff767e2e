"""Which of notifier's events say something about a ticket."""

from typing import Any

import pytest

from intake.domain.commands import ConfirmDelivery, WithdrawAcceptance
from intake.reactors import commands
from reglament.events.notifications import (
    NotificationBounced,
    NotificationFailed,
    NotificationSent,
)
from reglament.events.registry import Event
from reglament.testing import AT, SYSTEM, envelopes

LETTER: dict[str, Any] = {
    "at": AT,
    "actor": SYSTEM,
    "template": "confirmation",
    "to": "requester",
    "message_id": "<1@x>",
}


@pytest.mark.parametrize(
    ("event", "command"),
    [
        (NotificationSent(**LETTER, effect="e"), ConfirmDelivery),
        (NotificationBounced(**LETTER), WithdrawAcceptance),
        (NotificationFailed(**LETTER, because="550"), WithdrawAcceptance),
    ],
    ids=["sent", "bounced", "failed"],
)
def test_the_confirmations_fate_becomes_a_command(event: Event, command: type) -> None:
    (envelope,) = envelopes("t1", event)
    (made,) = commands(envelope)
    assert type(made) is command
    assert (made.at, made.actor.kind) == (AT, "system")


@pytest.mark.parametrize("other", [{"template": "resolved"}, {"to": "engineer"}], ids=str)
def test_any_other_letters_fate_says_nothing(other: dict[str, Any]) -> None:
    (envelope,) = envelopes("t1", NotificationSent(**{**LETTER, **other}, effect="e"))
    assert commands(envelope) == []
