"""What the Ticket stream says of temporary access (WIS-13, WIS-14). Never the access itself."""

from typing import Literal

from reglament.events.registry import Event, event
from reglament.events.topics import TICKETS


@event("CredentialsStored", topic=TICKETS)
class CredentialsStored(Event, frozen=True, kw_only=True):
    """Temporary access was put into the sealed store; replaces what was there."""

    credentials: str


@event("CredentialsRead", topic=TICKETS)
class CredentialsRead(Event, frozen=True, kw_only=True):
    """The assigned engineer (the actor) read it."""

    credentials: str


@event("CredentialsErased", topic=TICKETS)
class CredentialsErased(Event, frozen=True, kw_only=True):
    """It is gone from the sealed store; the requester is reminded to change it."""

    credentials: str
    because: Literal["closed", "replaced", "withdrawn", "erased"]
