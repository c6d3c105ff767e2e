"""The symptoms that ring before a promise is broken, or where nothing is counted any more."""

from reglament_local.watching.alert import Alert, gauge

PAGE, TICKET = "page", "ticket"
SYMPTOMS = (
    Alert(
        name="ServiceDown",
        severity=PAGE,
        expr="up == 0",
        lasting=120,
        summary="{{ $labels.job }} at {{ $labels.instance }} does not answer Prometheus",
        description="The process is down, hangs, or cannot be reached.",
        **gauge("up", "0", "1", job="intake"),
    ),
    Alert(
        name="LoopHalted",
        severity=PAGE,
        expr="max by (job, loop) (loop_halted) == 1",
        lasting=60,
        summary="The loop {{ $labels.loop }} of {{ $labels.job }} has stopped for good",
        description="It met what it must not go on after, and waits for somebody to look.",
        **gauge("loop_halted", "1", job="notifier", loop="consumer"),
    ),
    Alert(
        name="LoopRestarting",
        severity=TICKET,
        expr="sum by (job, loop) (increase(loop_restarts_total[{w:600}])) > 3",
        lasting=0,
        summary="The loop {{ $labels.loop }} of {{ $labels.job }} fails again and again",
        description="It was started anew more than three times within ten minutes.",
        fires=(('loop_restarts_total{job="intake",loop="mail"}', "0+1x90"),),
        silent=(('loop_restarts_total{job="intake",loop="mail"}', "0+0x66 1+0x20"),),
    ),
    Alert(
        name="RelayStalled",
        severity=PAGE,
        expr="max by (job) (outbox_oldest_age_seconds) > {n:60}",
        lasting=120,
        summary="{{ $labels.job }}: events have waited {{ $value | humanizeDuration }} for Kafka",
        description="Requests are still accepted and kept; nobody hears of them.",
        **gauge("outbox_oldest_age_seconds", "90", "3", job="intake"),
    ),
    Alert(
        name="ConsumerLagging",
        severity=PAGE,
        expr="max by (job, messaging_destination_name) (kafka_consumer_lag_seconds) > {n:120}",
        lasting=300,
        summary=(
            "{{ $labels.job }} is {{ $value | humanizeDuration }} behind"
            " {{ $labels.messaging_destination_name }}"
        ),
        description="Its clocks, queues or letters are as old as that.",
        **gauge(
            "kafka_consumer_lag_seconds",
            "200",
            "2",
            job="notifier",
            messaging_destination_name="reglament.tickets.v1",
        ),
    ),
    Alert(
        name="TicketsParked",
        severity=PAGE,
        expr="max by (job) (parked_tickets) > 0",
        lasting=300,
        summary="{{ $labels.job }}: {{ $value }} tickets wait behind a missing or bad event",
        description="For these tickets no clock, escalation or letter goes on.",
        **gauge("parked_tickets", "1", job="sla-clock"),
    ),
    Alert(
        name="PartitionHeld",
        severity=TICKET,
        expr="max by (job) (partition_held_seconds) > {n:60}",
        lasting=300,
        summary="{{ $labels.job }} has waited {{ $value | humanizeDuration }} for one fact",
        description="A whole partition stands still until another service's fact arrives.",
        **gauge("partition_held_seconds", "90", job="escalation"),
    ),
    Alert(
        name="DeadLetters",
        severity=TICKET,
        expr="sum by (job, topic, reason) (increase(dead_letters_total[{w:900}])) > 0",
        lasting=0,
        summary="{{ $labels.job }} put records of {{ $labels.topic }} aside: {{ $labels.reason }}",
        description="They are kept on its dead-letter topic, and their tickets are parked.",
        fires=(
            ('dead_letters_total{job="sla-clock",topic="t",reason="unreadable"}', "0+0x66 1+0x20"),
        ),
        silent=(('dead_letters_total{job="sla-clock",topic="t",reason="unreadable"}', "7+0x90"),),
    ),
    Alert(
        name="TimersLate",
        severity=PAGE,
        expr='max(timers_overdue_seconds{job="sla-clock"}) > {n:60}',
        lasting=60,
        summary="A deadline has been due for {{ $value | humanizeDuration }} and has not fired",
        description="Breaches, escalations and warnings do not happen.",
        **gauge("timers_overdue_seconds", "90", "1", job="sla-clock"),
    ),
    Alert(
        name="TimersHeld",
        severity=TICKET,
        expr='max(timers_held{job="sla-clock"}) > 0',
        lasting=300,
        summary="{{ $value }} timers wait until their partition is read up",
        description="A breach is said only once all that came before it is known.",
        **gauge("timers_held", "4", job="sla-clock"),
    ),
    Alert(
        name="MailboxUnreachable",
        severity=PAGE,
        expr='max by (desk) (mailbox_up{job="intake"}) == 0',
        lasting=300,
        summary="The mailbox of {{ $labels.desk }} cannot be read",
        description="Requests by letter wait in the mailbox; their clocks run all the same.",
        **gauge("mailbox_up", "0", "1", job="intake", desk="d"),
    ),
    Alert(
        name="LettersWaiting",
        severity=PAGE,
        expr='max(deliveries_oldest_age_seconds{job="notifier",kind="letter"}) > {n:300}',
        lasting=300,
        summary="A letter has waited {{ $value | humanizeDuration }} to be handed over",
        description="The mail server does not take letters, or nobody hands them over.",
        **gauge("deliveries_oldest_age_seconds", "400", "5", job="notifier", kind="letter"),
    ),
    Alert(
        name="LettersOverdue",
        severity=TICKET,
        expr='max(letters_overdue{job="notifier"}) > 0',
        lasting=300,
        summary="{{ $value }} letters lack a contact or a text",
        description="The facts that they are made of have not come for five minutes.",
        **gauge("letters_overdue", "2", job="notifier"),
    ),
    Alert(
        name="LettersBouncing",
        severity=TICKET,
        expr=(
            'sum(increase(notifications_total{outcome=~"bounced|failed"}[{w:3600}])) > 5'
            ' and sum(increase(notifications_total{outcome=~"bounced|failed"}[{w:3600}]))'
            " > 0.05 * sum(increase(notifications_total[{w:3600}]))"
        ),
        lasting=0,
        summary="{{ $value | humanize }} letters within an hour came back or were refused",
        description="More than five, and more than a twentieth of what was sent.",
        fires=(
            ('notifications_total{outcome="sent"}', "0+1x90"),
            ('notifications_total{outcome="bounced"}', "0+1x90"),
        ),
        silent=(
            ('notifications_total{outcome="sent"}', "0+9x90"),
            ('notifications_total{outcome="bounced"}', "0+0x66 1+0x20"),
        ),
    ),
    Alert(
        name="LettersQuarantined",
        severity=TICKET,
        expr='sum by (desk) (increase(letters_total{outcome="quarantined"}[{w:3600}])) > 0',
        lasting=0,
        summary="Letters to {{ $labels.desk }} are in quarantine",
        description="They could not be judged, or came too often from one address.",
        fires=(('letters_total{desk="d",outcome="quarantined"}', "0+0x66 1+0x20"),),
        silent=(('letters_total{desk="d",outcome="quarantined"}', "3+0x90"),),
    ),
    Alert(
        name="WebhooksFailing",
        severity=TICKET,
        expr=(
            'sum(rate(webhook_attempt_duration_seconds_count{outcome!="delivered"}[{w:900}]))'
            " > 0.5 * sum(rate(webhook_attempt_duration_seconds_count[{w:900}]))"
        ),
        lasting=900,
        summary="More than half of all webhook attempts fail",
        description="Subscribers do not hear of events; attempts go on for days.",
        fires=(('webhook_attempt_duration_seconds_count{outcome="unreachable"}', "0+1x90"),),
        silent=(('webhook_attempt_duration_seconds_count{outcome="delivered"}', "0+1x90"),),
    ),
    Alert(
        name="WebhookSwitchedOff",
        severity=TICKET,
        expr="increase(webhook_subscriptions_disabled_total[{w:3600}]) > 0",
        lasting=0,
        summary="A webhook subscription was switched off after failures",
        description="Its subscriber hears nothing more until it is switched on again.",
        fires=(("webhook_subscriptions_disabled_total", "0+0x66 1+0x20"),),
        silent=(("webhook_subscriptions_disabled_total", "2+0x90"),),
    ),
    Alert(
        name="CalendarHorizonNear",
        severity=TICKET,
        expr="min by (holidays) (calendar_horizon_seconds) < 60 * 86400",
        lasting=3600,
        summary="The holidays of {{ $labels.holidays }} are known for less than 60 days",
        description="Deadlines beyond that day will be counted as if there were no holidays.",
        **gauge("calendar_horizon_seconds", "864000", "31536000", holidays="RU"),
    ),
    Alert(
        name="BackupOld",
        severity=TICKET,
        expr="max by (of) (backup_age_seconds) > 26 * 3600",
        lasting=600,
        summary="The newest backup is {{ $value | humanizeDuration }} old",
        description="What is lost now is lost since then; a backup is made once a day.",
        **gauge("backup_age_seconds", "+Inf", "3600", job="intake", of="databases"),
    ),
    Alert(
        name="EventLoopBlocked",
        severity=TICKET,
        expr=(
            "histogram_quantile(0.99, sum by (job, le)"
            " (rate(event_loop_delay_seconds_bucket[{w:300}]))) > 0.5"
        ),
        lasting=300,
        summary="{{ $labels.job }} comes back {{ $value | humanizeDuration }} late to its work",
        description="Something computes, or waits, where everything else has to wait with it.",
        fires=(
            ('event_loop_delay_seconds_bucket{job="intake",le="0.5"}', "0+1x90"),
            ('event_loop_delay_seconds_bucket{job="intake",le="1.0"}', "0+9x90"),
            ('event_loop_delay_seconds_bucket{job="intake",le="+Inf"}', "0+9x90"),
        ),
        silent=(
            ('event_loop_delay_seconds_bucket{job="intake",le="0.5"}', "0+9x90"),
            ('event_loop_delay_seconds_bucket{job="intake",le="+Inf"}', "0+9x90"),
        ),
    ),
)
