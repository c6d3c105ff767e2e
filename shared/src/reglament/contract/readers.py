"""Who reads which topic (architecture 8): the table behind the catalogue of events.

A service keeps its own events by its own store; here stand those who read them from Kafka.
"""

from collections.abc import Mapping

from reglament.events import topics

READERS: Mapping[str, tuple[str, ...]] = {
    topics.TICKETS: ("sla-clock", "escalation", "notifier"),
    topics.SLA: ("intake", "escalation", "notifier"),
    topics.ESCALATIONS: ("intake", "sla-clock", "notifier"),
    topics.NOTIFICATIONS: ("intake", "sla-clock", "notifier"),
    topics.LETTERS: ("notifier",),
    topics.POLICIES: ("sla-clock", "escalation", "notifier"),
    topics.CUSTOMERS: (),
    topics.ENGINEERS: ("intake", "notifier"),
    topics.ACCESS: ("sla-clock", "escalation", "notifier"),
    topics.SUBSCRIPTIONS: (),
    topics.CONTACTS: ("escalation", "notifier"),
    topics.CONTENTS: ("notifier",),
    topics.ERASURES: ("intake",),
    topics.REASONS: ("intake",),
}
KEYS: Mapping[str, str] = {
    **dict.fromkeys(topics.TICKET_TOPICS, "ticket id"),
    topics.LETTERS: "letter id",
    topics.POLICIES: "desk@version",
    topics.CUSTOMERS: "desk/customer",
    topics.ENGINEERS: "desk/engineer",
    topics.ACCESS: "key id",
    topics.SUBSCRIPTIONS: "subscription id",
    topics.CONTACTS: "requester id",
    topics.CONTENTS: "content id",
    topics.ERASURES: "requester id",
    topics.REASONS: "requester id",
}
SUMMARIES: Mapping[str, str] = {
    topics.TICKETS: "What happens to a ticket: said by intake.",
    topics.SLA: "What happens to a ticket's clocks: said by sla-clock.",
    topics.ESCALATIONS: "Queues, assignment and levels: said by escalation.",
    topics.NOTIFICATIONS: "What became of each letter: said by notifier.",
    topics.LETTERS: "Letters that registered nothing.",
    topics.POLICIES: "Every version of every desk's rules.",
    topics.CUSTOMERS: "Each customer's newest state.",
    topics.ENGINEERS: "Each engineer's newest state.",
    topics.ACCESS: "Each API key's newest state, by its hash.",
    topics.SUBSCRIPTIONS: "Each webhook subscription's newest state.",
    topics.CONTACTS: "How each requester is reached; an erased one is `{erased_at}`.",
    topics.CONTENTS: "The texts that events refer to; an erased one is `{erased_at}`.",
    topics.ERASURES: "That the copies of an erased person's data are gone.",
    topics.REASONS: "That the reasons of escalations of an erased person's tickets are gone.",
}
