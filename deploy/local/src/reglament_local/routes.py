"""Which service answers a path (contract "REST"); everything that no line names is intake's."""

import re

SLA_CLOCK = "SLA_CLOCK_PORT"
ESCALATION = "ESCALATION_PORT"
NOTIFIER = "NOTIFIER_PORT"
INTAKE = "INTAKE_PORT"

ROUTES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"/v1/tickets/[^/]+/sla(/|$)"), SLA_CLOCK),
    (re.compile(r"/v1/desks/[^/]+/(sla|reports|migrations)(/|$)"), SLA_CLOCK),
    (re.compile(r"/v1/(sla|calendars)(/|$)"), SLA_CLOCK),
    (re.compile(r"/v1/desks/[^/]+/(queue|engineers)(/|$)"), ESCALATION),
    (re.compile(r"/v1/tickets/[^/]+/(escalations|assignment)(/|$)"), ESCALATION),
    (re.compile(r"/v1/tickets/[^/]+/notifications(/|$)"), NOTIFIER),
    (re.compile(r"/v1/desks/[^/]+/letters(/|$)"), NOTIFIER),
    (re.compile(r"/v1/subscriptions(/|$)"), NOTIFIER),
)


def owner_of(path: str) -> str:
    """The variable naming the port of the service that answers `path` (without its query)."""
    return next((owner for pattern, owner in ROUTES if pattern.match(path)), INTAKE)
