"""The phase between opening and the end: messages, questions, classification, deferral."""

from intake.domain.commands import (
    AddMessage,
    AssignServiceLevel,
    ChangePriority,
    ChangeSchedule,
    Defer,
    Reclassify,
    RequestInfo,
    Resume,
)
from intake.domain.facts import Entitlement
from intake.domain.phases import LIVE, refuse_unless
from intake.domain.rules import channels
from intake.domain.rules.deferral import future_violations, reason_violations
from intake.domain.rules.service_level import level_of
from intake.domain.ticket import Phase, Ticket, ends_waiting
from reglament.errors import Refused, Violation
from reglament.events.registry import Event
from reglament.events.tickets import (
    CategoryChanged,
    InfoRequested,
    MessageAdded,
    PriorityChanged,
    PriorityConfirmed,
    ScheduleChanged,
    ServiceLevelAssigned,
    TicketDeferred,
    TicketReopened,
    TicketResumed,
)
from reglament.policy.model import Policy

SPEAKING: tuple[Phase, ...] = (
    "returned",
    "open",
    "waiting",
    "deferred",
    "resolved",
    "closed",
    "refused",
)


def add_message(policy: Policy, command: AddMessage, state: Ticket) -> list[Event]:
    """The message; the requester's own reopens what was resolved, or closed if the desk says so."""
    refuse_unless(state, *SPEAKING)
    channel = command.channel or state.channel
    if command.channel is not None:
        refused = channels.message_violations(policy, channel, command.author_kind)
        if refused:
            raise Refused(refused, kind=channels.KIND)
    added = MessageAdded(
        at=command.at,
        actor=command.actor,
        message=command.message,
        visibility=command.visibility,
        author_kind=command.author_kind,
        channel=channel,
        automatic=command.automatic,
        content=command.content,
        attachments=command.attachments,
        message_id=command.message_id,
    )
    return [added, *_reopened(policy, added, state)]


def _reopened(policy: Policy, added: MessageAdded, state: Ticket) -> list[Event]:
    """Raises Refused where the desk wants a new request instead (semantics 19)."""
    if state.phase not in {"resolved", "closed"} or not ends_waiting(added):
        return []
    if state.phase == "closed" and policy.closed_letter == "linked":
        refuse_unless(state, *LIVE, "resolved")
    return [TicketReopened(at=added.at, actor=added.actor, reason="requester")]


def request_info(command: RequestInfo, state: Ticket) -> list[Event]:
    """The ticket waits for the requester (EIL-11)."""
    refuse_unless(state, *LIVE)
    return [
        InfoRequested(
            at=command.at, actor=command.actor, items=command.items, content=command.content
        )
    ]


def change_priority(policy: Policy, command: ChangePriority, state: Ticket) -> list[Event]:
    """Another priority, one of the desk's (REM-15); the same one is confirmed (RUS-10)."""
    refuse_unless(state, *LIVE, "resolved")
    if command.priority not in policy.priorities.levels:
        raise Refused([_unknown("priority", policy.priorities.levels)])
    if command.priority == state.priority:
        return _confirmed(command, state)
    return [
        PriorityChanged(
            at=command.at,
            actor=command.actor,
            priority=command.priority,
            previous=state.priority,
            content=command.content,
        )
    ]


def _confirmed(command: ChangePriority, state: Ticket) -> list[Event]:
    """By an engineer, once."""
    if state.is_priority_confirmed or command.actor.kind != "engineer":
        return []
    return [
        PriorityConfirmed(
            at=command.at,
            actor=command.actor,
            priority=command.priority,
            content=command.content,
        )
    ]


def reclassify(policy: Policy, command: Reclassify, state: Ticket) -> list[Event]:
    """Category, cause and complexity as they are now; and the service level, if named."""
    refuse_unless(state, *LIVE, "resolved")
    _refuse_unknown(policy, command)
    said = (command.category, command.cause, command.complexity)
    was = (state.category, state.cause, state.complexity)
    now = tuple(new or old for new, old in zip(said, was, strict=True))
    events: list[Event] = []
    if now != was:
        changed = CategoryChanged(
            at=command.at,
            actor=command.actor,
            category=now[0],
            cause=now[1],
            complexity=now[2],
            previous_category=state.category,
            content=command.content,
        )
        events.append(changed)
    if command.assign is not None:
        events.extend(assign_service_level(policy, command.assign, state))
    return events


def _refuse_unknown(policy: Policy, command: Reclassify) -> None:
    broken = []
    is_strange = command.category and command.category not in policy.categories
    if is_strange and policy.scope == "categories":
        broken.append(_unknown("category", tuple(policy.categories)))
    if command.cause and policy.causes and command.cause not in policy.causes:
        broken.append(_unknown("cause", tuple(policy.causes)))
    if broken:
        raise Refused(broken)


def assign_service_level(policy: Policy, command: AssignServiceLevel, state: Ticket) -> list[Event]:
    """Level, customer and contract, found anew; the clocks follow (semantics 11)."""
    refuse_unless(state, "returned", *LIVE, "resolved")
    if command.level and policy.service_levels and command.level not in policy.service_levels:
        raise Refused([_unknown("service_level", tuple(policy.service_levels))])
    entitlement = command.entitlement or Entitlement(
        customer=state.customer, contract=state.contract
    )
    found = level_of(policy, entitlement)
    level, rule = (command.level, "agent") if command.level else (found.name, found.rule)
    now = (level, entitlement.customer, entitlement.contract)
    if now == (state.service_level, state.customer, state.contract):
        return []
    return [
        ServiceLevelAssigned(
            at=command.at,
            actor=command.actor,
            service_level=level,
            customer=entitlement.customer,
            contract=entitlement.contract,
            targets=found.targets,
            rule=rule,
        )
    ]


def defer(policy: Policy, command: Defer, state: Ticket) -> list[Event]:
    """Put off, for one of the desk's reasons (WIS-20, MIC-14)."""
    refuse_unless(state, *LIVE)
    broken = [
        *reason_violations(policy.reasons.deferral, command.reason),
        *future_violations("until", command.until, command.at),
    ]
    if broken:
        raise Refused(broken)
    return [
        TicketDeferred(
            at=command.at,
            actor=command.actor,
            reason=command.reason,
            until=command.until,
            content=command.content,
        )
    ]


def resume(command: Resume, state: Ticket) -> list[Event]:
    """A deferral ends; nothing to do where there is none."""
    refuse_unless(state, *LIVE)
    if state.phase != "deferred":
        return []
    return [TicketResumed(at=command.at, actor=command.actor)]


def change_schedule(policy: Policy, command: ChangeSchedule, state: Ticket) -> list[Event]:
    """Another due time, for one of the desk's reasons (EIL-14, EIL-15)."""
    refuse_unless(state, *LIVE)
    broken = [
        *reason_violations(policy.reasons.schedule, command.reason),
        *future_violations("due_at", command.due_at, command.at),
    ]
    if broken:
        raise Refused(broken)
    if command.due_at == state.due_at:
        return []
    return [
        ScheduleChanged(
            at=command.at,
            actor=command.actor,
            due_at=command.due_at,
            reason=command.reason,
            previous_due_at=command.standing or state.due_at,
            content=command.content,
        )
    ]


def _unknown(field: str, known: tuple[str, ...]) -> Violation:
    name = field.replace("_", "-")
    return Violation(rule=f"{name}-unknown", field=field, detail=", ".join(known))
