"""Commands -> events of a ticket's letters. What is on record is not recorded again."""

from dataclasses import dataclass, replace
from typing import assert_never

from notifier.domain.commands import (
    DueCallback,
    NotificationCommand,
    RecordBounced,
    RecordFailed,
    RecordSent,
)
from reglament.decider import Decider
from reglament.events.notifications import (
    CallbackDue,
    NotificationBounced,
    NotificationFailed,
    NotificationSent,
)
from reglament.events.registry import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What is on record, by Message-ID: a Message-ID stands for one effect."""

    sent: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()


def evolve(letters: Letters, event: Event) -> Letters:
    """The record after one more event."""
    match event:
        case NotificationSent(message_id=message_id):
            return replace(letters, sent=letters.sent | {message_id})
        case NotificationFailed(message_id=message_id):
            return replace(letters, failed=letters.failed | {message_id})
        case NotificationBounced(message_id=message_id):
            return replace(letters, bounced=letters.bounced | {message_id})
        case _:
            return letters


def decide(command: NotificationCommand, letters: Letters) -> list[Event]:
    """The event, where it is news."""
    match command:
        case RecordSent():
            return [] if command.message_id in letters.sent else [_sent(command)]
        case RecordFailed():
            settled = letters.failed | letters.sent
            return [] if command.message_id in settled else [_failed(command)]
        case RecordBounced():
            return [] if command.message_id in letters.bounced else [_bounced(command)]
        case DueCallback():
            return [CallbackDue(at=command.at, actor=command.actor, purpose=command.purpose)]
        case _:
            assert_never(command)


def _sent(command: RecordSent) -> Event:
    return NotificationSent(
        at=command.at,
        actor=command.actor,
        template=command.template,
        to=command.to,
        message_id=command.message_id,
        answers_update=command.answers_update,
        effect=command.effect,
    )


def _failed(command: RecordFailed) -> Event:
    return NotificationFailed(
        at=command.at,
        actor=command.actor,
        template=command.template,
        to=command.to,
        message_id=command.message_id,
        because=command.because,
    )


def _bounced(command: RecordBounced) -> Event:
    return NotificationBounced(
        at=command.at,
        actor=command.actor,
        template=command.template,
        to=command.to,
        message_id=command.message_id,
        code=command.code,
    )


def decider() -> Decider[NotificationCommand, Letters]:
    """The decider of streams `ticket/<id>`; no desk's policy has a say in what is on record."""
    return Decider(decide=decide, evolve=evolve, initial_state=Letters())
