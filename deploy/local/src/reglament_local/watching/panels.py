"""Parts of a dashboard: a panel says what it shows, in which unit, and where to read on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reglament_local.watching.rules import runbook

Json = dict[str, Any]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SCHEMA_VERSION = 36
WIDTH, HEIGHT = 8, 7
RATE = "$__rate_interval"
DESK = 'desk=~"$desk"'
JOB = 'job=~"$service"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. queries: legend -> PromQL; unit: Grafana's name; alert: whose runbook it links.

    stat: one big number in place of a line.
    """

    title: str
    about: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    alert: str | None = None
    stat: bool = False


def line(
    title: str, about: str, unit: str, legend: str, query: str, alert: str | None = None
) -> Panel:
    """A panel of one query."""
    return Panel(title=title, about=about, unit=unit, queries=((legend, query),), alert=alert)


def quantiles(metric: str, labels: str = "") -> tuple[tuple[str, str], ...]:
    """Median, 95th and 99th percentile of a histogram."""
    return tuple(
        (
            f"p{share * 100:g}",
            f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket{{{labels}}}[{RATE}])))",
        )
        for share in (0.5, 0.95, 0.99)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; variables: name -> the PromQL series and the label that they are read of."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    variables: tuple[tuple[str, str, str], ...] = ()

    def queries(self) -> Iterator[tuple[str, str]]:
        """Panel title, PromQL."""
        for row in self.rows:
            for panel in row.panels:
                for _, query in panel.queries:
                    yield panel.title, query

    def document(self) -> Json:
        """What Grafana is provisioned with."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["reglament"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "timezone": "browser",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [_datasource(), *map(_variable, self.variables)]},
            "annotations": {"list": []},
            "links": [_other_boards()],
            "panels": list(_laid_out(self.rows)),
        }


def _datasource() -> Json:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Source"}


def _variable(variable: tuple[str, str, str]) -> Json:
    name, series, label = variable
    return {
        "name": name,
        "type": "query",
        "label": name,
        "datasource": DATASOURCE,
        "query": f"label_values({series}, {label})",
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _other_boards() -> Json:
    tags = ["reglament"]
    return _link("Reglament", type="dashboards", tags=tags, asDropdown=True, includeVars=True)


def _laid_out(rows: Iterable[Row]) -> Iterator[Json]:
    top, number = 0, 0
    for row in rows:
        number += 1
        place = {"h": 1, "w": 24, "x": 0, "y": top}
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        top += 1
        for index, panel in enumerate(row.panels):
            number += 1
            across, down = index % 3, index // 3
            place = {"h": HEIGHT, "w": WIDTH, "x": across * WIDTH, "y": top + down * HEIGHT}
            yield {"id": number, "gridPos": place, **_panel(panel)}
        top += HEIGHT * (1 + (len(row.panels) - 1) // 3)


def _panel(panel: Panel) -> Json:
    return {
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "links": _links(panel.alert),
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": DATASOURCE,
                "expr": query,
                "legendFormat": legend,
                "exemplar": "_bucket" in query,
            }
            for number, (legend, query) in enumerate(panel.queries)
        ],
    }


def _links(alert: str | None) -> list[Json]:
    if alert is None:
        return []
    return [_link(f"Runbook {alert}", type="link", url=runbook(alert), targetBlank=True)]


def _link(title: str, **more: Any) -> Json:
    """Grafana's schema wants every field of a link said."""
    plain = {"icon": "external link", "tooltip": "", "asDropdown": False, "tags": []}
    kept = {"includeVars": False, "keepTime": True, "targetBlank": False, "url": ""}
    return {"title": title, **plain, **kept, **more}
