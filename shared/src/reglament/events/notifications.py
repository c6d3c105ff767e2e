"""What became of each letter: said by notifier. And subscriptions, on their compacted topic.

And what became of an erased person's copies.
"""

from typing import Literal

from reglament.events.registry import Event, event
from reglament.events.topics import ERASURES, NOTIFICATIONS, SUBSCRIPTIONS

Recipient = Literal["requester", "engineer"]


@event("NotificationSent", topic=NOTIFICATIONS)
class NotificationSent(Event, frozen=True, kw_only=True):
    """Taken by the receiving mail server."""

    template: str
    to: Recipient
    message_id: str
    answers_update: bool = False
    effect: str  # the effect key: the same letter, however often it was tried


@event("NotificationBounced", topic=NOTIFICATIONS)
class NotificationBounced(Event, frozen=True, kw_only=True):
    """A delivery report says it did not arrive."""

    template: str
    to: Recipient
    message_id: str
    code: str | None = None


@event("NotificationFailed", topic=NOTIFICATIONS)
class NotificationFailed(Event, frozen=True, kw_only=True):
    """The mail server refused it for good, or all tries are used up."""

    template: str
    to: Recipient
    message_id: str
    because: str


@event("CallbackDue", topic=NOTIFICATIONS)
class CallbackDue(Event, frozen=True, kw_only=True):
    """The client asked for a callback: somebody has to call (EIL-05, EIL-16)."""

    purpose: Literal["confirmation", "answer"]


@event("SubscriptionSet", topic=SUBSCRIPTIONS)
class SubscriptionSet(Event, frozen=True, kw_only=True):
    """A webhook subscription's newest state. The secret stays in notifier's database."""

    subscription: str
    desk: str
    url: str
    types: tuple[str, ...] = ()
    active: bool = True


@event("CopiesErased", topic=ERASURES)
class CopiesErased(Event, frozen=True, kw_only=True):
    """All copies of an erased person's contact, texts and letters are gone. Key: requester id."""

    erasure: str
    requester: str
    contents: int = 0
