"""The first phase: a request is opened, returned, completed, refused, or joins another."""

from collections.abc import Iterable
from dataclasses import replace

from msgspec.structs import replace as replace_event

from intake.domain.commands import (
    AssignServiceLevel,
    JoinDuplicate,
    OpenTicket,
    ProvideInformation,
)
from intake.domain.conversation import assign_service_level
from intake.domain.phases import refuse_unless
from intake.domain.rules import acceptance, channels, entitlement, request_form
from intake.domain.rules.found import Found, as_broken, those
from intake.domain.rules.service_level import level_of
from intake.domain.ticket import Phase, Ticket
from reglament.errors import Refused
from reglament.events.registry import Actor, Event
from reglament.events.tickets import (
    AttachmentRef,
    DuplicateJoined,
    InfoProvided,
    InfoRequested,
    TicketAccepted,
    TicketOpened,
    TicketReturned,
)
from reglament.events.tickets import Request as RequestEvent
from reglament.policy.model import Policy

JOINABLE: tuple[Phase, ...] = ("returned", "open", "waiting", "deferred", "resolved", "closed")


def open_ticket(policy: Policy, command: OpenTicket, state: Ticket) -> list[Event]:
    """Opened (and accepted, where registering is accepting), or returned. Raises Refused."""
    refuse_unless(state, "none")
    channels.refuse_closed(policy, command.arrival, command.at)
    return _registered(policy, _normalized(policy, command), state)


def provide_information(policy: Policy, command: ProvideInformation, state: Ticket) -> list[Event]:
    """Ends the waiting; a returned ticket that conforms now is opened under its number."""
    refuse_unless(state, "returned", "open", "waiting", "deferred", "resolved")
    provided = InfoProvided(
        at=command.at,
        actor=command.actor,
        fields=command.fields,
        content=command.content,
        attachments=command.attachments,
    )
    if state.phase != "returned":
        return [provided, *_identified(policy, command, state)]
    if command.completed is None:
        return [provided]
    completed = replace(command.completed, at=command.at, actor=command.actor)
    return [provided, *_registered(policy, _normalized(policy, completed), state)]


def _identified(policy: Policy, command: ProvideInformation, state: Ticket) -> list[Event]:
    """Customer and level found anew by what was said; the clocks follow (WIS-11, MIC-09)."""
    if command.identified is None:
        return []
    actor = Actor(kind="system", id="intake", rule="entitlement.identified")
    assign = AssignServiceLevel(at=command.at, actor=actor, entitlement=command.identified)
    return assign_service_level(policy, assign, state)


def join_duplicate(command: JoinDuplicate, state: Ticket) -> list[Event]:
    """The same request again changes nothing but the history (MIC-13)."""
    refuse_unless(state, *JOINABLE)
    return [
        DuplicateJoined(
            at=command.at,
            actor=command.actor,
            channel=command.channel,
            content=command.content,
            message_id=command.message_id,
            unanswered=command.unanswered,
        )
    ]


def judged(policy: Policy, command: OpenTicket) -> list[Found]:
    """Everything that the request breaks, entitlement first."""
    form = request_form.violations(policy, command.request, command.arrival.channel)
    if _is_unidentified(policy, form):
        return form
    return [*entitlement.violations(policy, command.entitlement), *form]


def _is_unidentified(policy: Policy, form: list[Found]) -> bool:
    """Whether the form itself lacks what the customer is found by: first ask for that (WIS-08)."""
    inn = {f"fields.{n}" for n, rule in policy.request.fields.items() if rule.type == "inn"}
    lacks_inn = any(each.violation.field in inn and each.otherwise != "flag" for each in form)
    return set(policy.entitlement.by) == {"inn"} and lacks_inn


def _registered(policy: Policy, command: OpenTicket, state: Ticket) -> list[Event]:
    all_found = judged(policy, command)
    if refusing := those(all_found, "refuse"):
        entitled = {each.violation for each in entitlement.violations(policy, command.entitlement)}
        kind = entitlement.KIND if entitled & set(refusing) else "rules-violated"
        raise Refused(refusing, kind=kind)
    if those(all_found, "return"):
        return [_described(TicketReturned, policy, command, state, all_found)]
    events = [_described(TicketOpened, policy, command, state, all_found)]
    if acceptance.at_registration(policy):
        system = Actor(kind="system", id="intake", rule="acceptance.registered")
        events.append(TicketAccepted(at=command.at, actor=system, because="registered"))
    return [*events, *_asked_who(policy, command)]


def _asked_who(policy: Policy, command: OpenTicket) -> list[Event]:
    """MIC-09: of a letter that may not be answered (semantics 21) an engineer sees the flag."""
    if command.unanswered or not entitlement.is_asked(policy, command.entitlement):
        return []
    actor = Actor(kind="system", id="intake", rule="entitlement.unidentified")
    return [InfoRequested(at=command.at, actor=actor, items=entitlement.identifying(policy))]


def _described(
    cls: type[RequestEvent],
    policy: Policy,
    command: OpenTicket,
    state: Ticket,
    all_found: list[Found],
) -> Event:
    request, level = command.request, level_of(policy, command.entitlement)
    priority = request.priority if request.priority in policy.priorities.levels else None
    event = cls(
        at=command.at,
        actor=command.actor,
        number=state.number,
        channel=command.arrival.channel if state.phase == "none" else state.channel,
        requester=command.requester,
        content=command.content,
        priority=priority or policy.priorities.default,
        category=request.category,
        cause=request.cause,
        customer=command.entitlement.customer,
        contract=command.entitlement.contract,
        service_level=level.name,
        service_level_rule=level.rule,
        targets=level.targets,
        attachments=tuple(
            AttachmentRef(id=file.id, format=file.format, size=file.size) for file in request.files
        ),
        callback=request.callback,
        department=_department(policy, command, priority or policy.priorities.default, level.name),
        violations=as_broken(those(all_found, "return", "flag")),
        message_id=command.message_id,
        unanswered=command.unanswered,
    )
    if isinstance(event, TicketOpened):
        event = _with_past(event, state)
    related = command.maybe_related or state.maybe_related
    return replace_event(event, maybe_related=related) if related else event


def _with_past(event: TicketOpened, state: Ticket) -> TicketOpened:
    """What only an opened ticket says of the time before."""
    was_returned = state.phase == "returned"
    return replace_event(
        event,
        open_at_arrival=not was_returned,
        arrived_at=state.arrived_at if was_returned else None,
    )


def _department(
    policy: Policy, command: OpenTicket, priority: str, level: str | None
) -> str | None:
    """The first route that matches (REM-07)."""
    facts = {
        "category": command.request.category,
        "priority": priority,
        "channel": command.arrival.channel,
        "service_level": level,
    }
    for route in policy.routing:
        named = {name: getattr(route.when, name) for name in facts}
        if all(facts[name] in values for name, values in named.items() if values):
            return route.department
    return None


def _normalized(policy: Policy, command: OpenTicket) -> OpenTicket:
    """Category, cause and priority by the desk's codes, where people wrote one of their titles."""
    said, priorities = command.request, policy.priorities
    causes = ((name, each.titles) for name, each in policy.causes.items())
    titles = ((name, each.titles) for name, each in policy.categories.items())
    levels = ((name, priorities.titles.get(name, ())) for name in priorities.levels)
    category, cause = _code(titles, said.category), _code(causes, said.cause)
    priority = _code(levels, said.priority)
    if (category, cause, priority) == (said.category, said.cause, said.priority):
        return command
    request = replace(said, category=category, cause=cause, priority=priority)
    return replace(command, request=request)


def _code(titles: Iterable[tuple[str, Iterable[str]]], said: str | None) -> str | None:
    if said is None or not said.strip():
        return None
    wanted = said.strip().casefold()
    names = (
        name
        for name, each in titles
        if wanted == name.casefold() or wanted in {title.casefold() for title in each}
    )
    return next(names, said.strip())
