"""Subscriptions: newest state wins, nothing new is nothing."""

import pytest

from notifier.domain.subscription import Change, Subscribe, subscription_decider
from reglament.errors import NotFound
from reglament.events.notifications import SubscriptionSet
from reglament.testing import AT, SYSTEM, given

SET = SubscriptionSet(
    at=AT, actor=SYSTEM, subscription="s", desk="north", url="https://x.example", types=("A",)
)


def test_a_subscription_is_made() -> None:
    command = Subscribe(
        at=AT, actor=SYSTEM, subscription="s", desk="north", url="https://x.example", types=("A",)
    )
    given(subscription_decider()).when(command).then(SET)


def test_what_is_not_said_stays() -> None:
    (after,) = (
        given(subscription_decider(), SET)
        .when(Change(at=AT, actor=SYSTEM, active=False))
        .then_types(SubscriptionSet)
    )
    assert isinstance(after, SubscriptionSet)
    assert (after.url, after.types, after.active) == (SET.url, SET.types, False)


def test_nothing_changed_is_no_event() -> None:
    given(subscription_decider(), SET).when(Change(at=AT, actor=SYSTEM, url=SET.url)).then_nothing()


def test_what_does_not_exist_cannot_change() -> None:
    with pytest.raises(NotFound):
        given(subscription_decider()).when(Change(at=AT, actor=SYSTEM, active=True))
