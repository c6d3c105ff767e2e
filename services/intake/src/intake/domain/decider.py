"""What follows from a command on a ticket: one line a command, by phases."""

from functools import partial
from typing import assert_never

from intake.domain import closing, commands, conversation, lending, opening, working
from intake.domain.commands import TicketCommand
from intake.domain.ticket import Ticket, evolve, initial_state
from reglament.decider import Decider
from reglament.events.registry import Event
from reglament.policy.model import Policy


def ticket_decider(policy: Policy) -> Decider[TicketCommand, Ticket]:
    """The decider of a desk's tickets, under the policy version that they stand under."""
    return Decider(decide=partial(decide, policy), evolve=evolve, initial_state=initial_state)


def decide(  # noqa: PLR0911 - one line a command
    policy: Policy, command: TicketCommand, state: Ticket
) -> list[Event]:
    """The events. Raises Refused: `rules-violated`, `channel-not-accepted`, `not-entitled`,
    `status-conflict`.
    """
    match command:
        case commands.OpenTicket():
            return opening.open_ticket(policy, command, state)
        case commands.ProvideInformation():
            return opening.provide_information(policy, command, state)
        case commands.JoinDuplicate():
            return opening.join_duplicate(command, state)
        case (
            commands.LogWork() | commands.HandOver() | commands.Rate() | commands.RequestCallback()
        ):
            return _working(policy, command, state)
        case (
            commands.StoreCredentials()
            | commands.ReadCredentials()
            | commands.WithdrawCredentials()
        ):
            return _lending(command, state)
        case (
            commands.AddMessage()
            | commands.RequestInfo()
            | commands.ChangePriority()
            | commands.AssignServiceLevel()
            | commands.Reclassify()
            | commands.Defer()
            | commands.Resume()
            | commands.ChangeSchedule()
        ):
            return _conversation(policy, command, state)
        case _:
            return _closing(policy, command, state)


def _working(
    policy: Policy,
    command: commands.LogWork | commands.HandOver | commands.Rate | commands.RequestCallback,
    state: Ticket,
) -> list[Event]:
    match command:
        case commands.LogWork():
            return working.log_work(command, state)
        case commands.HandOver():
            return working.hand_over(policy, command, state)
        case commands.Rate():
            return working.rate(command, state)
        case commands.RequestCallback():
            return working.request_callback(command, state)
        case _:
            assert_never(command)


def _lending(
    command: commands.StoreCredentials | commands.ReadCredentials | commands.WithdrawCredentials,
    state: Ticket,
) -> list[Event]:
    match command:
        case commands.StoreCredentials():
            return lending.store(command, state)
        case commands.ReadCredentials():
            return lending.read(command, state)
        case commands.WithdrawCredentials():
            return lending.withdraw(command, state)
        case _:
            assert_never(command)


def _conversation(  # noqa: C901, PLR0911 - one line a command
    policy: Policy,
    command: commands.AddMessage
    | commands.RequestInfo
    | commands.ChangePriority
    | commands.AssignServiceLevel
    | commands.Reclassify
    | commands.Defer
    | commands.Resume
    | commands.ChangeSchedule,
    state: Ticket,
) -> list[Event]:
    match command:
        case commands.AddMessage():
            return conversation.add_message(policy, command, state)
        case commands.RequestInfo():
            return conversation.request_info(command, state)
        case commands.ChangePriority():
            return conversation.change_priority(policy, command, state)
        case commands.AssignServiceLevel():
            return conversation.assign_service_level(policy, command, state)
        case commands.Reclassify():
            return conversation.reclassify(policy, command, state)
        case commands.Defer():
            return conversation.defer(policy, command, state)
        case commands.Resume():
            return conversation.resume(command, state)
        case commands.ChangeSchedule():
            return conversation.change_schedule(policy, command, state)
        case _:
            assert_never(command)


def _closing(  # noqa: C901, PLR0911 - one line a command
    policy: Policy,
    command: commands.ConfirmDelivery
    | commands.WithdrawAcceptance
    | commands.ReportDelivery
    | commands.LogCallback
    | commands.Resolve
    | commands.Close
    | commands.Reopen
    | commands.Refuse,
    state: Ticket,
) -> list[Event]:
    match command:
        case commands.ConfirmDelivery():
            return closing.confirm_delivery(policy, command, state)
        case commands.WithdrawAcceptance():
            return closing.withdraw_acceptance(policy, command, state)
        case commands.ReportDelivery():
            return closing.report_delivery(command, state)
        case commands.LogCallback():
            return closing.log_callback(policy, command, state)
        case commands.Resolve():
            return closing.resolve(command, state)
        case commands.Close():
            return closing.close(policy, command, state)
        case commands.Reopen():
            return closing.reopen(policy, command, state)
        case commands.Refuse():
            return closing.refuse(policy, command, state)
        case _:
            assert_never(command)
