"""Every metric of the platform, declared once (issue 9, 1); docs/metrics.md is made of this.

Names and units by the Prometheus and OpenTelemetry conventions. No ticket, user or address in a
label; `desk` and `http_route` aside, a label has under ten values. One registry a process.
"""

from collections.abc import Iterable, Mapping

from opentelemetry import trace
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a third more series, read by nobody

REGISTRY = CollectorRegistry(auto_describe=True)
FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
LATENESS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(name, text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(name, text, labels, registry=REGISTRY)


def _histogram(name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
    return Histogram(name, text, labels, registry=REGISTRY, buckets=tuple(buckets))


# The process
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
BUILD = Info("build", "What runs: version, service, instance.", registry=REGISTRY)
EVENT_LOOP_DELAY = _histogram(
    "event_loop_delay_seconds", "How much later than asked the event loop came back.", FAST
)
LOOP_RESTARTS = _counter("loop_restarts_total", "Background loops started again.", "loop")
LOOP_UP = _gauge("loop_up", "1 while a background loop is at work.", "loop")
LOOP_HALTED = _gauge("loop_halted", "1 once a loop has stopped for good: look at the log.", "loop")
POOL_CONNECTIONS = _gauge(
    "db_client_connection_count", "Connections of the pool, by state used or idle.", "state"
)

# HTTP
HTTP_DURATION = _histogram(
    "http_server_request_duration_seconds",
    "From the request's arrival to the end of its answer; streams are left out.",
    FAST,
    "http_route",
    "http_request_method",
    "http_response_status_code",
)
HTTP_ACTIVE = _gauge("http_server_active_requests", "Requests being answered now.")
HTTP_LIMITED = _counter("http_server_requests_limited_total", "Requests answered with 429.")

# The event store and the relay
STORE_BATCH = _histogram("store_batch_commits", "Commits gathered in one transaction.", SIZES)
STORE_EVENTS = _counter("store_events_total", "Events appended.", "type")
STORE_COMMIT_DURATION = _histogram(
    "store_commit_duration_seconds", "One group commit, from BEGIN to COMMIT.", FAST
)
STORE_CONFLICTS = _counter("store_conflicts_total", "Appends refused for their version.")
OUTBOX_PENDING = _gauge("outbox_pending_rows", "Events and records not yet acknowledged by Kafka.")
OUTBOX_AGE = _gauge("outbox_oldest_age_seconds", "Age of the oldest that waits; 0: none waits.")
RELAYED = _counter("outbox_relayed_total", "Records acknowledged by Kafka.")
RELAY_DURATION = _histogram(
    "outbox_relay_duration_seconds", "From the commit of an event to its acknowledgement.", SLOW
)

# Consumers
PROCESS_DURATION = _histogram(
    "messaging_process_duration_seconds",
    "One batch of a consumer, from its decoding to its commit.",
    FAST,
    "messaging_consumer_group_name",
    "error_type",
)
CONSUMED = _counter(
    "messaging_client_consumed_messages_total",
    "Records taken.",
    "messaging_destination_name",
)
LAG_RECORDS = _gauge(
    "kafka_consumer_lag_records", "Records not yet taken.", "messaging_destination_name"
)
LAG_SECONDS = _gauge(
    "kafka_consumer_lag_seconds",
    "Age of the oldest record not yet taken; 0: none.",
    "messaging_destination_name",
)
EVENTS_SKIPPED = _counter(
    "events_skipped_total", "Events of a type that this release does not know.", "topic"
)
DEAD_LETTERS = _counter("dead_letters_total", "Records that could not be taken.", "topic", "reason")
PARTITION_HELD = _gauge(
    "partition_held_seconds", "Longest time that a partition waits for one missing fact; 0: none."
)
PARKED_TICKETS = _gauge("parked_tickets", "Tickets whose events wait behind a missing or bad one.")
EFFECT_DELAY = _histogram(
    "event_effect_delay_seconds", "From an event's recording elsewhere to its effect here.", SLOW
)

# Requests and letters
TICKETS_CREATED = _counter(
    "tickets_created_total", "Tickets registered.", "channel", "desk", "priority"
)
REQUESTS_REFUSED = _counter(
    "requests_refused_total", "Requests that the rules refused.", "desk", "channel", "kind"
)
LETTERS = _counter("letters_total", "Letters received, by what became of them.", "desk", "outcome")
LETTER_DURATION = _histogram(
    "letter_process_duration_seconds", "From a letter's storing to its outcome.", SLOW
)
MAILBOX_UP = _gauge("mailbox_up", "1 while the desk's mailbox is read.", "desk")

# Backups
BACKUP_AGE = _gauge(
    "backup_age_seconds",
    "Since the newest backup in the folder that intake is told of; +Inf: there is none.",
    "of",
)

# Clocks
DEADLINE_LATENESS = _histogram(
    "sla_clock_deadline_lateness_seconds", "When a timer fired, after its due time.", LATENESS
)
TIMERS_HELD = _gauge("timers_held", "Timers due that wait for their partition to be read up.")
TIMERS_OVERDUE = _gauge(
    "timers_overdue_seconds", "How long the first timer that is due has not fired; 0: none."
)
TIMERS_FIRED = _counter("timers_fired_total", "Timers fired.")
CLOCKS_OPEN = _gauge("sla_clocks_open", "Open clocks.", "desk", "metric", "state")
MET = _counter("sla_met_total", "Clocks met in time.", "desk", "metric")
BREACHES = _counter("sla_breaches_total", "Clocks breached.", "desk", "metric")
AT_RISK = _counter("sla_at_risk_total", "At-risk steps reached.", "desk", "metric")
CALENDAR_HORIZON = _gauge(
    "calendar_horizon_seconds", "How far ahead the public holidays are known.", "holidays"
)

# Queues and escalation
ESCALATIONS = _counter("escalations_total", "Escalations to a level.", "desk", "level")
QUEUE_LENGTH = _gauge("queue_length", "Tickets in a level's queue.", "desk", "level")
QUEUE_WAIT = _gauge(
    "queue_oldest_wait_seconds",
    "How long the first of a level's queue has waited.",
    "desk",
    "level",
)
CLAIM_DURATION = _histogram("queue_claim_duration_seconds", "Handing out the next ticket.", FAST)

# Letters out and webhooks
NOTIFICATIONS = _counter(
    "notifications_total", "Letters by what became of them.", "template", "outcome"
)
NOTIFICATION_DELAY = _histogram(
    "notification_delay_seconds", "From the event to the letter's hand-over.", SLOW
)
WEBHOOK_DURATION = _histogram(
    "webhook_attempt_duration_seconds", "One attempt to deliver a webhook.", SLOW, "outcome"
)
DELIVERIES_PENDING = _gauge("deliveries_pending", "Deliveries that wait.", "kind")
DELIVERIES_AGE = _gauge("deliveries_oldest_age_seconds", "Age of the oldest that waits.", "kind")
LETTERS_OVERDUE = _gauge(
    "letters_overdue", "Letters that have waited over five minutes for a contact or a text."
)
SUBSCRIPTIONS_DISABLED = _counter(
    "webhook_subscriptions_disabled_total", "Subscriptions switched off after failures."
)

KNOWN: Mapping[Counter | Histogram | Gauge, tuple[tuple[str, ...], ...]] = {
    POOL_CONNECTIONS: (("used",), ("idle",)),
    WEBHOOK_DURATION: (("delivered",), ("refused",), ("unreachable",)),
    DELIVERIES_PENDING: (("letter",), ("webhook",)),
    DELIVERIES_AGE: (("letter",), ("webhook",)),
}


def initialise(*, service: str, version: str, instance: str) -> None:
    """Say who runs, and set known label sets to 0, so that a first event is a rise."""
    BUILD.info({"service": service, "version": version, "instance": instance})
    for metric, label_sets in KNOWN.items():
        for labels in label_sets:
            metric.labels(*labels)


def exemplar_of(traceparent: str | None) -> dict[str, str] | None:
    """The trace of a W3C traceparent, where it was sampled: what an event was told with."""
    if traceparent is None:
        return None
    _, trace_id, _, flags = traceparent.split("-")
    return {"trace_id": trace_id} if int(flags, 16) & 1 else None


def exemplar() -> dict[str, str] | None:
    """The sampled trace in which the code runs, for `observe(…, exemplar())`."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid or not context.trace_flags.sampled:
        return None
    return {"trace_id": f"{context.trace_id:032x}"}
