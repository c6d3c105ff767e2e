"""The topics (contract, Events). Ticket topics are kept for ever; the others are compacted."""

TICKETS = "reglament.tickets.v1"
SLA = "reglament.sla.v1"
ESCALATIONS = "reglament.escalations.v1"
NOTIFICATIONS = "reglament.notifications.v1"
LETTERS = "reglament.letters.v1"

POLICIES = "reglament.policies.v1"
CUSTOMERS = "reglament.customers.v1"
ENGINEERS = "reglament.engineers.v1"
ACCESS = "reglament.access.v1"
SUBSCRIPTIONS = "reglament.subscriptions.v1"
CONTACTS = "reglament.contacts.v1"
CONTENTS = "reglament.contents.v1"
ERASURES = "reglament.erasures.v1"
REASONS = "reglament.reasons.v1"

TICKET_TOPICS = (TICKETS, SLA, ESCALATIONS, NOTIFICATIONS)
KEPT = (*TICKET_TOPICS, LETTERS)
COMPACTED = (
    POLICIES,
    CUSTOMERS,
    ENGINEERS,
    ACCESS,
    SUBSCRIPTIONS,
    CONTACTS,
    CONTENTS,
    ERASURES,
    REASONS,
)
OWNERS = {
    TICKETS: "intake",
    LETTERS: "intake",
    POLICIES: "intake",
    CUSTOMERS: "intake",
    ACCESS: "intake",
    CONTACTS: "intake",
    CONTENTS: "intake",
    SLA: "sla-clock",
    ESCALATIONS: "escalation",
    ENGINEERS: "escalation",
    REASONS: "escalation",
    NOTIFICATIONS: "notifier",
    SUBSCRIPTIONS: "notifier",
    ERASURES: "notifier",
}


def dead_letter(service: str) -> str:
    """The topic on which a service puts the records it cannot take."""
    return f"reglament.{service}.dead-letter.v1"
