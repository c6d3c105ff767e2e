"""deploy/prometheus: the rules, and the cases by which promtool tests them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reglament_local.watching.alert import Alert
from reglament_local.watching.alerts import SYMPTOMS
from reglament_local.watching.profile import PRODUCTION, Profile
from reglament_local.watching.slos import BURNS, SLOS, WINDOWS, Slo, pairs

Json = dict[str, Any]
# Where docs/runbooks is read: `make watching RUNBOOKS=https://…` writes links to one's own.
RUNBOOKS = os.environ.get("RUNBOOKS") or "https://reglament.example/docs/runbooks"
SEEN_AT, BURNT_AT = "70m", "20m"


def rules(profile: Profile = PRODUCTION) -> Json:
    """What Prometheus loads."""
    every = {"interval": profile.span(30)} if profile is not PRODUCTION else {}
    return {
        "groups": [
            {"name": "reglament-slo", **every, "rules": list(_recordings(profile))},
            {"name": "reglament-slo-alerts", **every, "rules": list(_burning(profile))},
            {"name": "reglament-symptoms", **every, "rules": [_of(a, profile) for a in SYMPTOMS]},
        ]
    }


def runbook(name: str) -> str:
    """Where the alert's page is."""
    return f"{RUNBOOKS}/{name}.md"


def _recordings(profile: Profile) -> Iterator[Json]:
    for slo in SLOS:
        for window in WINDOWS:
            yield {
                "record": slo.recorded(window, profile),
                "expr": slo.ratio(profile.span(window)),
            }


def _burning(profile: Profile) -> Iterator[Json]:
    for slo in SLOS:
        for severity in ("page", "ticket"):
            terms = [
                f"({slo.recorded(burn.long, profile)} > {burn.factor * slo.budget:g}"
                f" and {slo.recorded(burn.short, profile)} > {burn.factor * slo.budget:g})"
                for burn in pairs(severity)
            ]
            yield {
                "alert": slo.alert,
                "expr": " or ".join(terms),
                "for": "0s" if profile is not PRODUCTION else "2m",
                "labels": {"severity": severity, "slo": slo.key},
                "annotations": _said(slo.alert, _summary(slo), slo.broken),
            }


def _summary(slo: Slo) -> str:
    percent = f"{slo.objective * 100:g} %"
    return f"The promise breaks: {slo.title} ({percent} over 30 days)"


def _said(name: str, summary: str, description: str) -> Json:
    return {"summary": summary, "description": description, "runbook_url": runbook(name)}


def _of(alert: Alert, profile: Profile) -> Json:
    return {
        "alert": alert.name,
        "expr": alert.expression(profile),
        **({"for": profile.span(alert.lasting)} if alert.lasting else {}),
        "labels": {"severity": alert.severity},
        "annotations": _said(alert.name, alert.summary, alert.description),
    }


def rule_tests() -> Json:
    """For each alert one case that fires and one that does not; symptoms share one run each."""
    rings = [_rings(alert.name, SEEN_AT, [alert.severity]) for alert in SYMPTOMS]
    silence = [_rings(alert.name, SEEN_AT, []) for alert in SYMPTOMS]
    return {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            _case("every symptom fires", [one for a in SYMPTOMS for one in a.fires], rings),
            _case("no symptom fires", [one for a in SYMPTOMS for one in a.silent], silence),
            *(case for slo in SLOS for case in _slo_cases(slo)),
        ],
    }


def _slo_cases(slo: Slo) -> Iterator[Json]:
    severities = list(dict.fromkeys(burn.severity for burn in BURNS))
    rings = [_rings(slo.alert, BURNT_AT, severities)]
    yield _case(f"{slo.alert} fires", slo.broken_series, rings)
    silence = [_rings(slo.alert, BURNT_AT, [])]
    yield _case(f"{slo.alert} is silent", slo.healthy_series, silence)


def _rings(alert: str, at: str, severities: Sequence[str]) -> Json:
    firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    return {
        "expr": f"count by (alertname, severity) ({firing})",
        "eval_time": at,
        "exp_samples": [
            {"labels": f'{{alertname="{alert}",severity="{severity}"}}', "value": 1}
            for severity in severities
        ],
    }


def _case(name: str, series: Iterable[tuple[str, str]], expected: list[Json]) -> Json:
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series],
        "promql_expr_test": expected,
    }
