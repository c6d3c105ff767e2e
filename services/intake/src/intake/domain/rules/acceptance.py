"""When a registered ticket counts as accepted (EIL-05, WIS-21, semantics 25)."""

from datetime import datetime, timedelta
from typing import Literal

from intake.domain.ticket import Ticket
from reglament.policy.durations import elapsed_seconds
from reglament.policy.model import Policy

Because = Literal["registered", "delivered", "callback", "agent"]


def at_registration(policy: Policy) -> bool:
    """Whether registering is accepting."""
    return policy.acceptance.when == "registered"


def on_delivery(policy: Policy, ticket: Ticket, at: datetime) -> bool:
    """Whether the confirmation, delivered and not bounced within `after`, was all that missed."""
    if not _is_settled(policy, ticket.delivered_at or at, at):
        return False
    called = "confirmation" in ticket.callbacks or not _needs_call(policy, ticket)
    return _is_waited_for(policy, ticket) and called


def on_callback(policy: Policy, ticket: Ticket, at: datetime) -> bool:
    """Whether the call is all that was missing.

    Where the client asked for it, the letter is needed as well; where the letter did not
    arrive, the agent's call stands in for it.
    """
    delivered_at = ticket.delivered_at or at
    lettered = ticket.confirmation == "delivered" and _is_settled(policy, delivered_at, at)
    instead = ticket.confirmation == "failed" or not _needs_call(policy, ticket)
    return _is_waited_for(policy, ticket) and (lettered or instead)


def _needs_call(policy: Policy, ticket: Ticket) -> bool:
    return ticket.wants_callback and "acceptance" in policy.callbacks


def _is_settled(policy: Policy, delivered_at: datetime, at: datetime) -> bool:
    return at >= delivered_at + timedelta(seconds=elapsed_seconds(policy.acceptance.after))


def _is_waited_for(policy: Policy, ticket: Ticket) -> bool:
    live = ticket.phase in {"open", "waiting", "deferred"}
    return policy.acceptance.when == "confirmed" and live and not ticket.is_accepted
