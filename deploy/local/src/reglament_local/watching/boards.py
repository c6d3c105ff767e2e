"""The dashboards: overview, one a service, the desk for its manager, the pipeline."""

from reglament_local.watching.boards_inside import SERVICES, rows_of
from reglament_local.watching.desk_board import BOARD_OF_A_DESK
from reglament_local.watching.panels import JOB, RATE, Board, Panel, Row, line, quantiles
from reglament_local.watching.profile import PRODUCTION
from reglament_local.watching.slos import DAY, HOUR, SLOS, Slo


def _promise(slo: Slo) -> Panel:
    return Panel(
        title=slo.title,
        about=f"Share kept within a day; promised: {slo.objective * 100:g} %.",
        unit="percentunit",
        queries=(("kept", f"1 - {slo.recorded(DAY, PRODUCTION)}"),),
        alert=slo.alert,
        stat=True,
    )


def _burning(slo: Slo) -> tuple[str, str]:
    return slo.title, f"{slo.recorded(HOUR, PRODUCTION)} / {slo.budget:g}"


REQUESTS = line(
    "Requests",
    "Answered a second, by service.",
    "reqps",
    "{{job}}",
    f"sum by (job) (rate(http_server_request_duration_seconds_count[{RATE}]))",
)
OUTBOX = Panel(
    title="Outbox: oldest that waits",
    about="How long the first event has waited for Kafka.",
    unit="s",
    queries=(("{{job}}", "max by (job) (outbox_oldest_age_seconds)"),),
    alert="RelayStalled",
)
LAG = line(
    "Consumers: behind in time",
    "Age of the oldest record not yet taken.",
    "s",
    "{{job}} {{messaging_destination_name}}",
    "max by (job, messaging_destination_name) (kafka_consumer_lag_seconds)",
    "ConsumerLagging",
)
PARKED = line(
    "Tickets parked",
    "They wait behind a missing or bad event; should be 0.",
    "short",
    "{{job}}",
    "max by (job) (parked_tickets)",
    "TicketsParked",
)
OVERVIEW = Board(
    uid="reglament-overview",
    title="Reglament: overview",
    about="Whether the promises are kept, and what stands in their way.",
    rows=(
        Row(
            title="Promises",
            panels=(
                *map(_promise, SLOS),
                Panel(
                    title="Budget burnt",
                    about="Within the last hour, as a multiple of what 30 days allow; 14.4 pages.",
                    unit="short",
                    queries=tuple(map(_burning, SLOS)),
                ),
            ),
        ),
        Row(
            title="Signals",
            panels=(
                REQUESTS,
                OUTBOX,
                LAG,
                PARKED,
                line(
                    "Services up",
                    "Processes that answer Prometheus.",
                    "short",
                    "{{job}}",
                    "sum by (job) (up)",
                    "ServiceDown",
                ),
                line(
                    "Timers overdue",
                    "How long the first due deadline has not fired.",
                    "s",
                    "overdue",
                    'max(timers_overdue_seconds{job="sla-clock"})',
                    "TimersLate",
                ),
                line(
                    "Letters that wait",
                    "Age of the oldest to be handed over.",
                    "s",
                    "{{kind}}",
                    'max by (kind) (deliveries_oldest_age_seconds{job="notifier"})',
                    "LettersWaiting",
                ),
                line(
                    "Calendar horizon",
                    "How far ahead public holidays are known.",
                    "s",
                    "{{holidays}}",
                    "min by (holidays) (calendar_horizon_seconds)",
                    "CalendarHorizonNear",
                ),
                line("Build", "What runs.", "short", "{{job}} {{version}}", "build_info"),
            ),
        ),
    ),
)
PIPELINE = Board(
    uid="reglament-pipeline",
    title="Reglament: pipeline",
    about="The way of an event: outbox, topic, consumer, effect.",
    variables=(("service", "up", "job"),),
    rows=(
        Row(
            title="Outbox to topic",
            panels=(
                OUTBOX,
                line(
                    "Outbox: rows",
                    "Not yet acknowledged by Kafka.",
                    "short",
                    "{{job}}",
                    f"max by (job) (outbox_pending_rows{{{JOB}}})",
                    "RelayStalled",
                ),
                Panel(
                    title="Commit to acknowledgement",
                    about="Of each event.",
                    unit="s",
                    queries=quantiles("outbox_relay_duration_seconds", JOB),
                    alert="AcceptedRequestsLate",
                ),
            ),
        ),
        Row(
            title="Topic to effect",
            panels=(
                LAG,
                line(
                    "Consumers: behind in records",
                    "Records not yet taken.",
                    "short",
                    "{{job}} {{messaging_destination_name}}",
                    "sum by (job, messaging_destination_name)"
                    f" (kafka_consumer_lag_records{{{JOB}}})",
                    "ConsumerLagging",
                ),
                Panel(
                    title="Event to its effect elsewhere",
                    about="From its recording to the consumer's commit.",
                    unit="s",
                    queries=quantiles("event_effect_delay_seconds", JOB),
                ),
                PARKED,
                line(
                    "Partition held",
                    "Longest wait for one missing fact.",
                    "s",
                    "{{job}}",
                    f"max by (job) (partition_held_seconds{{{JOB}}})",
                    "PartitionHeld",
                ),
            ),
        ),
        Row(
            title="Deadlines, letters, webhooks",
            panels=(
                Panel(
                    title="Deadline to its firing",
                    about="How late each step of a clock was said.",
                    unit="s",
                    queries=quantiles("sla_clock_deadline_lateness_seconds"),
                    alert="DeadlinesLate",
                ),
                line(
                    "Timers held",
                    "Due, their partition not yet read up.",
                    "short",
                    "held",
                    'max(timers_held{job="sla-clock"})',
                    "TimersHeld",
                ),
                Panel(
                    title="Event to letter",
                    about="Until the mail server has it.",
                    unit="s",
                    queries=quantiles("notification_delay_seconds"),
                    alert="LettersLate",
                ),
                line(
                    "Letters out",
                    "A second, by what became of them.",
                    "cps",
                    "{{outcome}}",
                    f"sum by (outcome) (rate(notifications_total[{RATE}]))",
                    "LettersBouncing",
                ),
                line(
                    "Webhook attempts",
                    "A second, by outcome.",
                    "cps",
                    "{{outcome}}",
                    f"sum by (outcome) (rate(webhook_attempt_duration_seconds_count[{RATE}]))",
                    "WebhooksFailing",
                ),
            ),
        ),
    ),
)


def _board_of(service: str) -> Board:
    return Board(
        uid=f"reglament-{service}",
        title=f"Reglament: {service}",
        about=f"Requests, work and process of {service}.",
        variables=(("service", f'up{{job="{service}"}}', "job"),),
        rows=rows_of(service),
    )


BOARDS = (OVERVIEW, *map(_board_of, SERVICES), BOARD_OF_A_DESK, PIPELINE)
