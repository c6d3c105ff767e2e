"""When a registered ticket counts as accepted (EIL-05, WIS-21, semantics 25)."""

from typing import Literal

from intake.domain.ticket import Ticket
from reglament.policy.model import Policy

Because = Literal["registered", "delivered", "callback", "agent"]


def at_registration(policy: Policy) -> bool:
    """Whether registering is accepting."""
    return policy.acceptance.when == "registered"


def on_delivery(policy: Policy, ticket: Ticket) -> bool:
    """Whether the delivered confirmation is all that was missing."""
    called = "confirmation" in ticket.callbacks or not ticket.wants_callback
    return _is_waited_for(policy, ticket) and called


def on_callback(policy: Policy, ticket: Ticket) -> bool:
    """Whether the call is all that was missing.

    Where the client asked for it, the letter is needed as well; where the letter did not
    arrive, the agent's call stands in for it.
    """
    lettered = ticket.confirmation == "delivered"
    instead = ticket.confirmation == "failed" or not ticket.wants_callback
    return _is_waited_for(policy, ticket) and (lettered or instead)


def _is_waited_for(policy: Policy, ticket: Ticket) -> bool:
    live = ticket.phase in {"open", "waiting", "deferred"}
    return policy.acceptance.when == "confirmed" and live and not ticket.is_accepted
