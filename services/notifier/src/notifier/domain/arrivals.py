"""The letters that answer a request as it comes: registered, returned, joined, refused."""

from notifier.domain.letter import Known, Letter
from reglament.events import tickets
from reglament.events.envelope import Envelope


def _violations(event: tickets.Request | tickets.LetterRefused) -> list[dict[str, str | None]]:
    return [
        {"rule": broken.rule, "field": broken.field, "detail": broken.detail}
        for broken in event.violations
    ]


def confirmation(known: Known, event: tickets.TicketOpened) -> list[Letter]:
    """WIS-04, MIC-03, EIL-05: with the number; a callback that was asked for is promised.

    A part that was split off is told which request it comes from (WIS-05).
    """
    if event.unanswered:
        return []
    values = {"callback": event.callback, "related": event.split_from}
    return [known.letter("confirmation", automatic="auto-replied", values=values)]


def returned(known: Known, event: tickets.TicketReturned) -> list[Letter]:
    """WIS-06: every violated rule, and what to add."""
    if event.unanswered:
        return []
    values = {"violations": _violations(event)}
    return [known.letter("returned", automatic="auto-replied", values=values)]


def duplicate(known: Known, event: tickets.DuplicateJoined) -> list[Letter]:
    """MIC-13: answered with the number that it joined."""
    if event.unanswered:
        return []
    answers = event.message_id
    return [known.letter("duplicate", automatic="auto-replied", answers=answers)]


def refused(known: Known, event: tickets.TicketRefused) -> list[Letter]:
    """WIS-02: the client is told which reason."""
    return [known.letter("refused", answers_update=True, values={"reason": event.reason})]


def refusal(envelope: Envelope, event: tickets.LetterRefused) -> Letter:
    """A letter that registers nothing is answered (contract, topic letters)."""
    return Letter(
        template="letter_refused",
        recipient=event.requester,
        effect=f"letter_refused-{envelope.id}",
        automatic="auto-replied",
        answers=event.message_id,
        values={"kind": event.kind, "violations": _violations(event)},
    )
