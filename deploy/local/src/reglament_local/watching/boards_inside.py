"""What is shown of one service: requests, work, process."""

from dataclasses import replace

from reglament_local.watching.panels import JOB, RATE, Panel, Row, line, quantiles

COMMIT = Panel(
    title="Commit",
    about="One group commit, from BEGIN to COMMIT.",
    unit="s",
    queries=quantiles("store_commit_duration_seconds", JOB),
)
EFFECT = Panel(
    title="Event to its effect here",
    about="From its recording elsewhere to our commit.",
    unit="s",
    queries=quantiles("event_effect_delay_seconds", JOB),
)
BACKUP = line(
    "Age of the newest backup",
    "Of the folder that intake is told of.",
    "s",
    "{{of}}",
    "max by (of) (backup_age_seconds)",
    "BackupOld",
)
# The others append in the transaction of what they consume, claim or fire.
COMMITTING = ("intake", "notifier")
SERVICES = ("intake", "sla-clock", "escalation", "notifier")

REQUESTS = Row(
    title="Requests",
    panels=(
        line(
            "By route",
            "Answered a second.",
            "reqps",
            "{{http_request_method}} {{http_route}}",
            "sum by (http_request_method, http_route)"
            f" (rate(http_server_request_duration_seconds_count{{{JOB}}}[{RATE}]))",
        ),
        line(
            "By status",
            "Answered a second; 5xx are faults of ours.",
            "reqps",
            "{{http_response_status_code}}",
            "sum by (http_response_status_code)"
            f" (rate(http_server_request_duration_seconds_count{{{JOB}}}[{RATE}]))",
            "ApiFailing",
        ),
        Panel(
            title="Duration",
            about="From the request's arrival to the end of its answer.",
            unit="s",
            queries=quantiles("http_server_request_duration_seconds", JOB),
            alert="ApiSlow",
        ),
    ),
)
PROCESS = Row(
    title="Process",
    panels=(
        line(
            "Loops",
            "1: at work.",
            "short",
            "{{loop}}",
            f"min by (loop) (loop_up{{{JOB}}})",
            "LoopHalted",
        ),
        Panel(
            title="Event loop delay",
            about="How much later than asked it came back.",
            unit="s",
            queries=quantiles("event_loop_delay_seconds", JOB),
            alert="EventLoopBlocked",
        ),
        line(
            "Database connections",
            "Of the pool.",
            "short",
            "{{state}}",
            f"sum by (state) (db_client_connection_count{{{JOB}}})",
        ),
        line(
            "Memory",
            "Resident.",
            "bytes",
            "{{instance}}",
            f"process_resident_memory_bytes{{{JOB}}}",
        ),
        line(
            "Processor",
            "Seconds a second.",
            "percentunit",
            "{{instance}}",
            f"rate(process_cpu_seconds_total{{{JOB}}}[{RATE}])",
        ),
    ),
)


def rows_of(service: str) -> tuple[Row, ...]:
    """The rows of its dashboard."""
    effect = COMMIT if service in COMMITTING else EFFECT
    process = PROCESS
    if service == "intake":
        process = replace(PROCESS, panels=(*PROCESS.panels, BACKUP))
    return (REQUESTS, _work(effect), process)


def _work(effect: Panel) -> Row:
    return Row(
        title="Work",
        panels=(
            line(
                "Consumer: records",
                "Taken a second, by topic.",
                "cps",
                "{{messaging_destination_name}}",
                "sum by (messaging_destination_name)"
                f" (rate(messaging_client_consumed_messages_total{{{JOB}}}[{RATE}]))",
            ),
            line(
                "Consumer: batches, failed ones named",
                "A second, by error.",
                "cps",
                "{{error_type}}",
                "sum by (error_type)"
                f" (rate(messaging_process_duration_seconds_count{{{JOB}}}[{RATE}]))",
            ),
            Panel(
                title="Consumer: duration of a batch",
                about="From its decoding to its commit.",
                unit="s",
                queries=quantiles("messaging_process_duration_seconds", JOB),
                alert="ConsumerLagging",
            ),
            line(
                "Events appended",
                "A second, by type.",
                "cps",
                "{{type}}",
                f"sum by (type) (rate(store_events_total{{{JOB}}}[{RATE}]))",
            ),
            effect,
            line(
                "Dead letters",
                "Put aside within five minutes; should be 0.",
                "short",
                "{{topic}} {{reason}}",
                f"sum by (topic, reason) (increase(dead_letters_total{{{JOB}}}[5m]))",
                "DeadLetters",
            ),
        ),
    )
