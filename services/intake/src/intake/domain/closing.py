"""Acceptance and the end: confirmation, callbacks, answer, closing, reopening, refusal."""

from intake.domain.commands import (
    Close,
    ConfirmDelivery,
    LogCallback,
    Refuse,
    Reopen,
    ReportDelivery,
    Resolve,
    WithdrawAcceptance,
)
from intake.domain.lending import with_the_ticket
from intake.domain.phases import LIVE, refuse_unless
from intake.domain.rules import acceptance
from intake.domain.rules.deferral import reason_violations
from intake.domain.ticket import CONFIRMATION, Ticket
from reglament.errors import Refused, Violation
from reglament.events.registry import Actor, Event
from reglament.events.tickets import (
    AcceptanceWithdrawn,
    CallbackLogged,
    DeliveryReported,
    Resolved,
    TicketAccepted,
    TicketClosed,
    TicketRefused,
    TicketReopened,
)
from reglament.policy.model import Policy


def confirm_delivery(policy: Policy, command: ConfirmDelivery, state: Ticket) -> list[Event]:
    """Accepted, where nothing else is missing; else the delivery is noted for the callback."""
    is_known = command.message_id is not None or state.confirmation == "delivered"
    if is_known and acceptance.on_delivery(policy, state, command.at):
        return [TicketAccepted(at=command.at, actor=command.actor, because="delivered")]
    if command.message_id is None or policy.acceptance.when != "confirmed":
        return []
    is_noted = (command.message_id, "delivered") in state.reports
    if is_noted or state.is_accepted or state.phase not in LIVE:
        return []
    return [
        DeliveryReported(
            at=command.at,
            actor=command.actor,
            message_id=command.message_id,
            status="delivered",
            code=CONFIRMATION,
        )
    ]


def withdraw_acceptance(policy: Policy, command: WithdrawAcceptance, state: Ticket) -> list[Event]:
    """The confirmation bounced: registered again, until an agent confirms (WIS-21).

    Also where it was never accepted: so that a call may stand in for the letter.
    """
    if policy.acceptance.when != "confirmed" or state.phase not in LIVE:
        return []
    if state.confirmation == "failed":
        return []
    return [AcceptanceWithdrawn(at=command.at, actor=command.actor, message_id=command.message_id)]


def report_delivery(command: ReportDelivery, state: Ticket) -> list[Event]:
    """A report of the mailbox, once a letter and status."""
    if state.phase == "none" or (command.message_id, command.status) in state.reports:
        return []
    return [
        DeliveryReported(
            at=command.at,
            actor=command.actor,
            message_id=command.message_id,
            status=command.status,
            code=command.code,
        )
    ]


def log_callback(policy: Policy, command: LogCallback, state: Ticket) -> list[Event]:
    """The call; and acceptance, where it was the last thing missing (EIL-05)."""
    refuse_unless(state, *LIVE, "resolved", "closed")
    logged = CallbackLogged(at=command.at, actor=command.actor, purpose=command.purpose)
    if command.purpose != "confirmation" or not acceptance.on_callback(policy, state, command.at):
        return [logged]
    system = Actor(kind="system", id="intake", rule="acceptance.callback")
    return [logged, TicketAccepted(at=command.at, actor=system, because="callback")]


def resolve(command: Resolve, state: Ticket) -> list[Event]:
    """The answer."""
    refuse_unless(state, *LIVE)
    return [
        Resolved(at=command.at, actor=command.actor, content=command.content, links=command.links)
    ]


def close(policy: Policy, command: Close, state: Ticket) -> list[Event]:
    """The end; where a callback was asked for, not before it is made (EIL-16)."""
    refuse_unless(state, "returned", *LIVE, "resolved", "closed")
    if state.phase == "closed":
        return []
    is_owed = state.wants_callback and "closing" in policy.callbacks
    if is_owed and state.was_resolved and "answer" not in state.callbacks:
        raise Refused([Violation(rule="callback-not-made", field="callbacks", detail="answer")])
    return with_the_ticket(TicketClosed(at=command.at, actor=command.actor), state)


def reopen(policy: Policy, command: Reopen, state: Ticket) -> list[Event]:
    """A resolved or closed ticket goes on; a closed one not by its requester, where the desk wants
    a new request instead (semantics 19).
    """
    by_requester = command.actor.kind == "requester"
    is_over = by_requester and policy.closed_letter == "linked"
    refuse_unless(state, "resolved", *(() if is_over else ("closed",)))
    return [
        TicketReopened(
            at=command.at,
            actor=command.actor,
            reason="requester" if by_requester else "agent",
            content=command.content,
        )
    ]


def refuse(policy: Policy, command: Refuse, state: Ticket) -> list[Event]:
    """Refused by an agent, with one of the desk's reasons (WIS-02, WIS-20, MIC-14)."""
    refuse_unless(state, "returned", *LIVE)
    if broken := reason_violations(policy.reasons.of_refusal, command.reason):
        raise Refused(broken)
    refused = TicketRefused(at=command.at, actor=command.actor, reason=command.reason)
    return with_the_ticket(refused, state)
