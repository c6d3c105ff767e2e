"""Temporary access to the requester's systems: lent, read, given back (WIS-13, WIS-14)."""

from intake.domain.commands import ReadCredentials, StoreCredentials, WithdrawCredentials
from intake.domain.phases import LIVE, refuse_unless
from intake.domain.ticket import Ticket
from reglament.events.credentials import CredentialsErased, CredentialsRead, CredentialsStored
from reglament.events.registry import Actor, Event

SYSTEM = Actor(kind="system", id="intake", rule="credentials.end-with-the-ticket")


def store(command: StoreCredentials, state: Ticket) -> list[Event]:
    """Put into the sealed store, in place of what was there."""
    refuse_unless(state, "returned", *LIVE)
    stored = CredentialsStored(at=command.at, actor=command.actor, credentials=command.credentials)
    if state.credentials is None:
        return [stored]
    replaced = CredentialsErased(
        at=command.at, actor=command.actor, credentials=state.credentials, because="replaced"
    )
    return [replaced, stored]


def read(command: ReadCredentials, state: Ticket) -> list[Event]:
    """Every reading is in the history; nothing where there is nothing to read."""
    if state.credentials is None:
        return []
    return [CredentialsRead(at=command.at, actor=command.actor, credentials=state.credentials)]


def withdraw(command: WithdrawCredentials, state: Ticket) -> list[Event]:
    """Taken back before the ticket's end."""
    if state.credentials is None:
        return []
    return [
        CredentialsErased(
            at=command.at,
            actor=command.actor,
            credentials=state.credentials,
            because="withdrawn",
        )
    ]


def with_the_ticket(ending: Event, state: Ticket) -> list[Event]:
    """A ticket's end ends the access that was lent for it."""
    if state.credentials is None:
        return [ending]
    erased = CredentialsErased(
        at=ending.at, actor=SYSTEM, credentials=state.credentials, because="closed"
    )
    return [ending, erased]
