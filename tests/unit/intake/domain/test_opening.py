"""Opening, returning, completing, refusing, joining."""

from datetime import timedelta

from intake.domain.commands import JoinDuplicate, ProvideInformation
from intake.domain.facts import Arrival, Entitlement, File
from reglament.events.tickets import (
    BrokenRule,
    DuplicateJoined,
    InfoProvided,
    InfoRequested,
    OwnTarget,
    ServiceLevelAssigned,
    TicketAccepted,
    TicketOpened,
    TicketRefused,
    TicketReturned,
)
from tests.support.tickets import (
    AT,
    ENGINEER,
    REQUESTER,
    TEXT,
    asked,
    desk,
    given,
    opened,
    opening,
    returned,
)

STEPS = {"fields": {"steps": {"required": True, "otherwise": "return"}}}
CONFIRMED = {"when": "confirmed"}


def test_a_request_that_conforms_is_opened_and_accepted_where_registering_is_accepting() -> None:
    event, acceptance = given(desk()).when(opening()).then(TicketOpened, TicketAccepted)
    assert (event.channel, event.priority, event.number) == ("web", "normal", "")
    assert event.open_at_arrival
    assert acceptance.because == "registered"


def test_where_the_confirmation_counts_nothing_is_accepted_yet() -> None:
    given(desk(acceptance=CONFIRMED)).when(opening()).then(TicketOpened)


def test_a_request_without_a_required_field_is_returned_naming_it() -> None:
    (event,) = given(desk(request=STEPS)).when(opening()).then(TicketReturned)
    assert event.violations == (BrokenRule(rule="field-missing", field="fields.steps"),)


def test_a_flaw_that_is_only_flagged_opens_the_ticket_and_is_kept() -> None:
    policy = desk(request={"attachments": {"screenshot": "flagged"}})
    event, _ = given(policy).when(opening()).then(TicketOpened, TicketAccepted)
    assert [broken.rule for broken in event.violations] == ["screenshot-missing"]


def test_a_flaw_that_the_desk_refuses_registers_nothing() -> None:
    policy = desk(request={"description": {"otherwise": "refuse"}})
    refused = given(policy).when(opening(asked(description=" ")))
    refused.then_refused("description-missing")


def test_a_channel_that_is_not_official_is_refused_before_anything_else() -> None:
    arrival = Arrival(channel="messenger", entered_by="requester")
    refusal = given(desk(request=STEPS)).when(opening(arrival=arrival))
    refused = refusal.then_refused("channel-not-official", kind="channel-not-accepted")
    assert refused.violations[0].detail == "web"


def test_without_a_contract_in_force_the_request_is_not_entitled() -> None:
    policy = desk(entitlement={"needs": "contract"})
    refused = given(policy).when(opening())
    refused.then_refused("customer-unknown", kind="not-entitled")


def test_customer_contract_level_and_own_targets_are_said_by_the_event() -> None:
    targets = (OwnTarget(metric="handling", within="4h"),)
    facts = Entitlement(customer="acme", contract="42", level="gold", targets=targets)
    policy = desk(service_levels={"base": {}, "gold": {}})
    event, _ = given(policy).when(opening(entitlement=facts)).then(TicketOpened, TicketAccepted)
    assert (event.customer, event.contract, event.service_level) == ("acme", "42", "gold")
    assert event.targets == targets


def test_without_the_inn_by_which_the_customer_is_found_it_is_asked_for_first() -> None:
    inn = {"fields": {"inn": {"type": "inn", "required": True}}}
    policy = desk(entitlement={"needs": "contract", "by": ["inn"]}, request=inn)
    given(policy).when(opening()).then(TicketReturned)
    wrong = opening(asked(fields={"inn": "7707083894"}))
    given(policy).when(wrong).then(TicketReturned)
    unknown = opening(asked(fields={"inn": "7707083893"}))
    given(policy).when(unknown).then_refused("customer-unknown", kind="not-entitled")


def test_priority_and_category_may_be_said_by_their_titles() -> None:
    policy = desk(
        priorities={"default": "low", "levels": ["high", "low"], "titles": {"high": ["Высокая"]}},
        categories={"error": {"titles": ["Ошибка"]}},
    )
    request = asked(priority="высокая", category=" ошибка ")
    event, _ = given(policy).when(opening(request)).then(TicketOpened, TicketAccepted)
    assert (event.priority, event.category) == ("high", "error")


def test_a_category_out_of_scope_is_refused_unless_the_scope_is_open() -> None:
    policy = desk(categories={"error": {}})
    request = asked(category="weather")
    given(policy).when(opening(request)).then_refused("category-out-of-scope")
    widened = desk(categories={"error": {}}, scope="open")
    given(widened).when(opening(request)).then(TicketOpened, TicketAccepted)


def test_the_first_route_that_matches_names_the_department() -> None:
    routing = [
        {"when": {"category": "network"}, "department": "network"},
        {"department": "front"},
    ]
    policy = desk(categories={"network": {}, "other": {}}, routing=routing)
    for category, department in (("network", "network"), ("other", "front")):
        command = opening(asked(category=category))
        event, _ = given(policy).when(command).then(TicketOpened, TicketAccepted)
        assert event.department == department


def test_what_was_missing_opens_a_returned_ticket_under_its_number() -> None:
    later = AT + timedelta(hours=1)
    whole = opening(asked(fields={"steps": "press"}))
    command = ProvideInformation(
        at=later, actor=REQUESTER, fields=("steps",), content=TEXT, completed=whole
    )
    past = given(desk(request=STEPS), returned())
    _, event, _ = past.when(command).then(InfoProvided, TicketOpened, TicketAccepted)
    assert (event.number, event.at, event.arrived_at) == ("N-0001", later, AT)
    assert not event.open_at_arrival


def test_what_is_still_incomplete_is_returned_again_with_what_is_missing_now() -> None:
    command = ProvideInformation(at=AT, actor=REQUESTER, content=TEXT, completed=opening())
    _, event = (
        given(desk(request=STEPS), returned()).when(command).then(InfoProvided, TicketReturned)
    )
    assert (event.number, event.violations[0].field) == ("N-0001", "fields.steps")


def test_information_for_an_open_ticket_is_only_noted() -> None:
    command = ProvideInformation(at=AT, actor=REQUESTER, content=TEXT)
    given(desk(), opened()).when(command).then(InfoProvided)


def test_a_ticket_is_opened_once() -> None:
    given(desk(), opened()).when(opening()).then_refused(
        "not-in-this-status", kind="status-conflict"
    )


def test_the_same_request_again_joins_the_first_unless_that_was_refused() -> None:
    command = JoinDuplicate(at=AT, actor=REQUESTER, channel="web", content=TEXT)
    given(desk(), opened()).when(command).then(DuplicateJoined)
    refused = TicketRefused(at=AT, actor=ENGINEER, reason="abuse")
    given(desk(), opened(), refused).when(command).then_refused(
        "not-in-this-status", kind="status-conflict"
    )


def test_attachments_are_said_by_id_format_and_size() -> None:
    files = (File(id="f1", format="png", size=10),)
    event, _ = given(desk()).when(opening(asked(files=files))).then(TicketOpened, TicketAccepted)
    assert [(each.id, each.format, each.size) for each in event.attachments] == [("f1", "png", 10)]


ASKING = {
    "entitlement": {"needs": "contract", "unidentified": "ask"},
    "request": {"fields": {"client": {"type": "customer"}, "inn": {"type": "inn"}, "os": {}}},
    "service_levels": {"basic": {}, "gold": {}},
}


def test_who_says_nothing_to_be_found_by_is_registered_and_asked() -> None:
    event, _, info = (
        given(desk(**ASKING)).when(opening()).then(TicketOpened, TicketAccepted, InfoRequested)
    )
    assert event.violations == (BrokenRule(rule="customer-unidentified", field="requester"),)
    assert info.items == ("client", "inn")
    assert info.actor.kind == "system"
    silent = given(desk(**ASKING)).when(opening(unanswered=True))
    silent.then(TicketOpened, TicketAccepted)


def test_who_names_a_customer_that_is_not_on_the_register_is_refused() -> None:
    named = Entitlement(is_named=True)
    refused = given(desk(**ASKING)).when(opening(entitlement=named))
    refused.then_refused("customer-unknown", kind="not-entitled")
    lax = desk(entitlement={"needs": "contract"})
    given(lax).when(opening()).then_refused("customer-unknown", kind="not-entitled")


def test_information_that_names_the_customer_gives_the_ticket_its_level() -> None:
    found = Entitlement(customer="acme", contract="1", level="gold")
    command = ProvideInformation(at=AT, actor=REQUESTER, fields=("client",), identified=found)
    waiting = InfoRequested(at=AT, actor=ENGINEER, items=("client",))
    _, assigned = (
        given(desk(**ASKING), opened(), waiting)
        .when(command)
        .then(InfoProvided, ServiceLevelAssigned)
    )
    assert (assigned.customer, assigned.contract) == ("acme", "1")
    assert (assigned.service_level, assigned.rule) == ("gold", "contract-level")
    assert assigned.actor.rule == "entitlement.identified"
    known = opened(customer="acme", contract="1", service_level="gold")
    given(desk(**ASKING), known).when(command).then(InfoProvided)


def test_what_a_returned_letter_named_unproven_is_still_known_once_it_is_complete() -> None:
    policy = desk(request=STEPS)
    (back,) = given(policy).when(opening(maybe_related="t0")).then(TicketReturned)
    assert back.maybe_related == "t0"
    whole = opening(asked(fields={"steps": "1. Print"}))
    command = ProvideInformation(at=AT, actor=REQUESTER, completed=whole)
    _, event, _ = given(policy, back).when(command).then(InfoProvided, TicketOpened, TicketAccepted)
    assert event.maybe_related == "t0"
