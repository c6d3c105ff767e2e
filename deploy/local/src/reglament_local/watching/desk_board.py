"""The dashboard for the manager of a desk."""

from reglament_local.watching.panels import DESK, Board, Row, line

BOARD_OF_A_DESK = Board(
    uid="reglament-desk",
    title="Reglament: a desk",
    about="For the manager of a desk: promises kept, clocks at risk, load.",
    variables=(("desk", "sla_met_total", "desk"),),
    rows=(
        Row(
            title="Promises",
            panels=(
                line(
                    "Kept within a day",
                    "Clocks met, of all that were met or breached; 1 where none ended.",
                    "percentunit",
                    "{{desk}} {{metric}}",
                    f"1 - sum by (desk, metric) (increase(sla_breaches_total{{{DESK}}}[1d]))"
                    f" / clamp_min(sum by (desk, metric) (increase(sla_met_total{{{DESK}}}[1d]))"
                    f" + sum by (desk, metric) (increase(sla_breaches_total{{{DESK}}}[1d])), 1)",
                ),
                line(
                    "Breaches",
                    "Within an hour, by clock.",
                    "short",
                    "{{desk}} {{metric}}",
                    f"sum by (desk, metric) (increase(sla_breaches_total{{{DESK}}}[1h]))",
                ),
                line(
                    "At risk",
                    "Warnings before a deadline, within an hour.",
                    "short",
                    "{{desk}} {{metric}}",
                    f"sum by (desk, metric) (increase(sla_at_risk_total{{{DESK}}}[1h]))",
                ),
                line(
                    "Open clocks",
                    "By metric and state.",
                    "short",
                    "{{desk}} {{metric}} {{state}}",
                    f"max by (desk, metric, state) (sla_clocks_open{{{DESK}}})",
                ),
            ),
        ),
        Row(
            title="Load",
            panels=(
                line(
                    "New tickets",
                    "Within an hour, by channel.",
                    "short",
                    "{{desk}} {{channel}}",
                    f"sum by (desk, channel) (increase(tickets_created_total{{{DESK}}}[1h]))",
                ),
                line(
                    "Letters received",
                    "Within an hour, by what became of them.",
                    "short",
                    "{{desk}} {{outcome}}",
                    f"sum by (desk, outcome) (increase(letters_total{{{DESK}}}[1h]))",
                    "LettersQuarantined",
                ),
                line(
                    "Queues",
                    "Tickets that wait for an engineer, by level.",
                    "short",
                    "{{desk}} {{level}}",
                    f"max by (desk, level) (queue_length{{{DESK}}})",
                ),
                line(
                    "Longest wait",
                    "Of the first ticket of each queue.",
                    "s",
                    "{{desk}} {{level}}",
                    f"max by (desk, level) (queue_oldest_wait_seconds{{{DESK}}})",
                ),
                line(
                    "Escalations",
                    "Within an hour, by level.",
                    "short",
                    "{{desk}} {{level}}",
                    f"sum by (desk, level) (increase(escalations_total{{{DESK}}}[1h]))",
                ),
                line(
                    "Mailbox",
                    "1: it is read.",
                    "short",
                    "{{desk}}",
                    f"max by (desk) (mailbox_up{{{DESK}}})",
                    "MailboxUnreachable",
                ),
            ),
        ),
    ),
)
