"""The front's paths follow the contract's lists."""

import pytest

from reglament_local.routes import ESCALATION, INTAKE, NOTIFIER, SLA_CLOCK, owner_of


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/v1/desks/a/tickets", INTAKE),
        ("/v1/desks/a/policy", INTAKE),
        ("/v1/desks/a/customers/c", INTAKE),
        ("/v1/desks/a/answers", INTAKE),
        ("/v1/desks", INTAKE),
        ("/v1/tickets", INTAKE),
        ("/v1/tickets/1", INTAKE),
        ("/v1/tickets/1/history", INTAKE),
        ("/v1/tickets/1/stream", INTAKE),
        ("/v1/tickets/1/slackness", INTAKE),
        ("/v1/tickets/1/assignments", INTAKE),
        ("/v1/events", INTAKE),
        ("/asyncapi.yaml", INTAKE),
        ("/", INTAKE),
        ("/v1/tickets/1/sla", SLA_CLOCK),
        ("/v1/tickets/1/sla/first_response/excuse", SLA_CLOCK),
        ("/v1/desks/a/sla", SLA_CLOCK),
        ("/v1/desks/a/reports/attainment", SLA_CLOCK),
        ("/v1/desks/a/migrations", SLA_CLOCK),
        ("/v1/sla/previews", SLA_CLOCK),
        ("/v1/sla/simulations/7", SLA_CLOCK),
        ("/v1/calendars/calculations", SLA_CLOCK),
        ("/v1/desks/a/queue", ESCALATION),
        ("/v1/desks/a/queue/claims", ESCALATION),
        ("/v1/desks/a/engineers/e", ESCALATION),
        ("/v1/tickets/1/escalations", ESCALATION),
        ("/v1/tickets/1/assignment", ESCALATION),
        ("/v1/tickets/1/notifications", NOTIFIER),
        ("/v1/subscriptions", NOTIFIER),
        ("/v1/subscriptions/1/replays", NOTIFIER),
    ],
)
def test_each_path_has_the_owner_that_the_contract_gives_it(path: str, owner: str) -> None:
    assert owner_of(path) == owner
