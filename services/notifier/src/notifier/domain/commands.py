"""What notifier puts on record about a ticket's letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reglament.events.notifications import Recipient
from reglament.events.registry import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """at: when it happened, aware."""

    at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCommand(Command):
    """About one letter, told apart by its effect and its Message-ID."""

    template: str
    to: Recipient
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSent(LetterCommand):
    """The receiving mail server took it."""

    effect: str
    answers_update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailed(LetterCommand):
    """It will not be tried again. `because` is a code, e.g. `smtp-550`."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBounced(LetterCommand):
    """A delivery report says that it did not arrive."""

    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCallback(Command):
    """Somebody has to call the client (EIL-05, EIL-16). One event of the ticket asks once."""

    purpose: Literal["confirmation", "answer"]


NotificationCommand = RecordSent | RecordFailed | RecordBounced | DueCallback
