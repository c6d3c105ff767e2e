"""What a letter is before it is written, and what it is decided on. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from notifier.domain.ticket import Ticket
from reglament.events.envelope import Envelope
from reglament.events.notifications import Recipient
from reglament.events.registry import ContentRef
from reglament.policy.model import Policy

Automatic = Literal["auto-replied", "auto-generated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to write. values: codes, times and names of fields, never anybody's words.

    effect: the same letter however often it is tried; content: the words it must wait for;
    automatic None: an engineer's own words; answers_update: news for the client (semantics 9).
    """

    template: str
    to: Recipient = "requester"
    recipient: str
    effect: str
    automatic: Automatic | None = "auto-generated"
    answers_update: bool = False
    content: ContentRef | None = None
    answers: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a letter is decided on: the event, the ticket after it, the desk's policy.

    assigned: an engineer has the ticket.
    """

    envelope: Envelope
    ticket: Ticket
    policy: Policy
    assigned: bool = False

    def wants(self, name: str) -> bool:
        """Whether the desk sends such a letter (policy: notifications.on)."""
        return name in self.policy.notifications.on

    def letter(self, template: str, **more: Any) -> Letter:
        """A letter to the requester."""
        effect = f"{template}-{self.envelope.id}"
        more.setdefault("recipient", self.ticket.requester)
        return Letter(template=template, effect=effect, **more)


Writer = Callable[[Known, Any], list[Letter]]
