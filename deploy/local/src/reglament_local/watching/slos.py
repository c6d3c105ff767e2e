"""The promises (issue 9, 3): what share of events may be bad, and how fast that may be used up.

Windows and factors are those of Google's SRE workbook for 30 days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reglament_local.watching.profile import Profile

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """An alert when the budget burns `factor` times too fast over both windows (seconds)."""

    factor: float
    long: int
    short: int
    severity: str


BURNS = (
    Burn(factor=14.4, long=HOUR, short=5 * MINUTE, severity="page"),
    Burn(factor=6, long=6 * HOUR, short=30 * MINUTE, severity="page"),
    Burn(factor=3, long=DAY, short=2 * HOUR, severity="ticket"),
    Burn(factor=1, long=3 * DAY, short=6 * HOUR, severity="ticket"),
)
WINDOWS = tuple(sorted({window for burn in BURNS for window in (burn.long, burn.short)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """A promise. bad, total: rates with `{window}` for their range; objective: 0.999."""

    key: str
    alert: str
    title: str
    objective: float
    bad: str
    total: str
    broken: str
    healthy_series: tuple[tuple[str, str], ...]
    broken_series: tuple[tuple[str, str], ...]

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.objective, 6)

    def ratio(self, window: str) -> str:
        """The share that was bad within `window`, as PromQL."""
        return f"({self.bad}) / ({self.total})".replace("{window}", window)

    def recorded(self, window: int, profile: Profile) -> str:
        """The name of the series that has it recorded."""
        return f"slo:{self.key}_errors:ratio_rate{profile.span(window)}"


def _within(metric: str, bound: str) -> dict[str, Any]:
    """What is late, of what is done, by the bucket of a histogram that is the bound."""
    total = f"sum(rate({metric}_count[{{window}}]))"
    bucket, count = f'{metric}_bucket{{le="{bound}"}}', f"{metric}_count"
    return {
        "bad": f'{total} - sum(rate({metric}_bucket{{le="{bound}"}}[{{window}}]))',
        "total": total,
        "healthy_series": ((bucket, "0+60x60"), (count, "0+60x60")),
        "broken_series": ((bucket, "0+40x60"), (count, "0+60x60")),
    }


_HTTP = "http_server_request_duration_seconds"
_FAULTS = f'{_HTTP}_count{{http_response_status_code=~"5.."}}'
_OK = f'{_HTTP}_count{{job="intake",http_response_status_code="201"}}'
_FAULT = f'{_HTTP}_count{{job="intake",http_response_status_code="503"}}'
_FAST = f'{_HTTP}_bucket{{job="intake",http_response_status_code="201",le="0.5"}}'
SLOS = (
    Slo(
        key="accepted",
        alert="AcceptedRequestsLate",
        title="Accepted requests are on the topic within 5 s",
        objective=0.999,
        broken="Events of accepted requests come to Kafka later than 5 s after their commit.",
        **_within("outbox_relay_duration_seconds", "5.0"),
    ),
    Slo(
        key="deadlines",
        alert="DeadlinesLate",
        title="Deadlines fire within 30 s",
        objective=0.999,
        broken="Breaches and at-risk steps are said later than 30 s after their due time.",
        **_within("sla_clock_deadline_lateness_seconds", "30.0"),
    ),
    Slo(
        key="letters",
        alert="LettersLate",
        title="Letters are handed over within 60 s",
        objective=0.99,
        broken="Letters are handed to the mail server later than 60 s after their event.",
        **_within("notification_delay_seconds", "60.0"),
    ),
    Slo(
        key="api_availability",
        alert="ApiFailing",
        title="Requests are answered without a fault of ours",
        objective=0.999,
        bad=f"sum(rate({_FAULTS}[{{window}}])) or vector(0)",
        total=f"sum(rate({_HTTP}_count[{{window}}]))",
        broken="Requests are answered with 5xx.",
        healthy_series=((_OK, "0+60x60"),),
        broken_series=((_OK, "0+40x60"), (_FAULT, "0+20x60")),
    ),
    Slo(
        key="api_latency",
        alert="ApiSlow",
        title="Requests are answered within 0.5 s",
        objective=0.99,
        bad=(
            f"sum(rate({_HTTP}_count[{{window}}]))"
            f' - sum(rate({_HTTP}_bucket{{le="0.5"}}[{{window}}]))'
        ),
        total=f"sum(rate({_HTTP}_count[{{window}}]))",
        broken="Requests take longer than 0.5 s.",
        healthy_series=((_OK, "0+60x60"), (_FAST, "0+60x60")),
        broken_series=((_OK, "0+60x60"), (_FAST, "0+40x60")),
    ),
)


def pairs(severity: str) -> Iterator[Burn]:
    """The window pairs of a severity."""
    return (burn for burn in BURNS if burn.severity == severity)
