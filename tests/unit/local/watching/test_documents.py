"""Dashboards and alerts are what the code says, and lead to what their readers need."""

import re
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from reglament.contract.pages import declared_metrics
from reglament_local.places import CHECKOUT
from reglament_local.watching.alerts import SYMPTOMS
from reglament_local.watching.boards import BOARDS
from reglament_local.watching.documents import differing
from reglament_local.watching.drills import DRILLS
from reglament_local.watching.rules import rule_tests, rules
from reglament_local.watching.slos import SLOS

ALERTS = (*(alert.name for alert in SYMPTOMS), *(slo.alert for slo in SLOS))
OTHER_SERIES = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}


def test_what_is_committed_is_what_the_code_says() -> None:
    assert differing(CHECKOUT) == []


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_runbook_and_a_case_each_way(alert: str) -> None:
    page = CHECKOUT / "docs" / "runbooks" / f"{alert}.md"
    assert all(head in page.read_text() for head in ("## What users notice", "## Look", "## Do"))
    outcomes = [
        bool(expected["exp_samples"])
        for case in rule_tests()["tests"]
        for expected in case["promql_expr_test"]
        if f'alertname="{alert}"' in expected["expr"]
    ]
    assert sorted(outcomes) == [False, True]


def test_an_alert_says_how_grave_it_is_what_it_is_and_where_to_read_on() -> None:
    found = [rule for group in rules()["groups"] for rule in group["rules"] if "alert" in rule]
    assert {rule["alert"] for rule in found} == set(ALERTS)
    for rule in found:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}


def test_no_page_is_of_an_alert_that_is_no_more() -> None:
    pages = {page.stem for page in (CHECKOUT / "docs" / "runbooks").glob("*.md")} - {"README"}
    assert pages == set(ALERTS)


def test_every_alert_that_wakes_somebody_has_a_drill() -> None:
    paging = {alert.name for alert in SYMPTOMS if alert.severity == "page"}
    paging |= {slo.alert for slo in SLOS}
    drilled = {alert for drill in DRILLS for alert in (*drill.during, *drill.after)}
    assert paging == drilled


def series() -> set[str]:
    """Every series name that a service shows."""
    return set(OTHER_SERIES) | {name for metric in declared_metrics() for name in names(metric)}


def names(metric: MetricWrapperBase) -> Iterator[str]:
    """The names under which its samples appear."""
    (described,) = metric.describe()
    ends = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_count", "_sum"),
        "info": ("_info",),
    }
    for end in ends.get(described.type, ("",)):
        yield described.name + end


def test_what_is_asked_for_is_measured() -> None:
    asked = [query for board in BOARDS for _, query in board.queries()]
    asked += [rule["expr"] for group in rules()["groups"] for rule in group["rules"]]
    known = series()
    for query in asked:
        bare = re.sub(r'"[^"]*"|slo:\w+:\w+|by \([^)]*\)|\$\w+', "", query)
        for word in re.findall(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w=(])(?!\s*[=!]~?)", bare):
            assert word in known, f"{word} in {query}"


def test_a_board_stands_alone_and_explains_itself() -> None:
    uids = [board.uid for board in BOARDS]
    assert len(set(uids)) == len(uids)
    for board in BOARDS:
        document = board.document()
        assert "id" not in document
        assert document["templating"]["list"][0]["type"] == "datasource"
        panels = [panel for panel in document["panels"] if panel["type"] != "row"]
        assert len(panels) <= 20
        for panel in panels:
            assert panel["description"]
            assert panel["fieldConfig"]["defaults"]["unit"]


def test_the_rules_are_yaml_that_prometheus_can_be_given() -> None:
    committed = (CHECKOUT / "deploy" / "prometheus" / "rules.yaml").read_text()
    assert yaml.safe_load(committed) == rules()
