"""The attainment report: outcomes summed up in PostgreSQL, so memory does not grow with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

By = Literal[
    "priority", "level", "service_level", "engineer", "category", "complexity", "department",
    "load", "handover", "month",
]  # fmt: skip
BY: tuple[By, ...] = get_args(By)
# How many of the desk's tickets were open when this one came.
_LOAD = """CASE WHEN l.open < 10 THEN '0-9' WHEN l.open < 25 THEN '10-24'
  WHEN l.open < 50 THEN '25-49' WHEN l.open < 100 THEN '50-99' ELSE '100+' END"""
_KEYS: Mapping[str, str] = {
    **{name: f"coalesce(o.{name}, '')" for name in BY[:7]},
    "load": _LOAD,
    "handover": "CASE WHEN o.handed_over THEN 'yes' ELSE 'no' END",
    "month": "to_char(o.started_at AT TIME ZONE $5, 'YYYY-MM')",
}
_LOADS = """WITH moves AS (
  SELECT opened_at AS at, 1 AS step, ticket FROM arrivals WHERE desk = $1
  UNION ALL SELECT ended_at, -1, NULL FROM arrivals WHERE desk = $1 AND ended_at IS NOT NULL),
counted AS (SELECT ticket, greatest(0, sum(step) OVER (ORDER BY at) - 1) AS open FROM moves),
loads AS (SELECT * FROM counted WHERE ticket IS NOT NULL)"""
_DECIDED = "o.state IN ('met', 'breached')"
_SUMS = f"""count(*) AS clocks,
  count(*) FILTER (WHERE o.state = 'met') AS met,
  count(*) FILTER (WHERE o.state = 'breached') AS breached,
  count(*) FILTER (WHERE o.breach_said) AS breached_raw,
  count(*) FILTER (WHERE o.breach_said AND o.state <> 'breached') AS corrected,
  count(*) FILTER (WHERE o.state = 'breached' AND o.excused IS NOT NULL) AS excused,
  count(*) FILTER (WHERE o.state = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE o.state IN ('running', 'paused')) AS open,
  count(*) FILTER (WHERE {_DECIDED} OR o.breach_said) AS decided_raw,
  count(*) FILTER (WHERE o.state = 'met' AND NOT o.breach_said) AS met_raw,
  avg(o.elapsed) AS mean,
  percentile_disc(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY o.elapsed) AS percentiles,
  sum(o.waiting) AS waiting, sum(o.deferred) AS deferred,
  avg(o.days) AS mean_days, sum(o.waiting_days) AS waiting_days,
  percentile_disc(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY o.days) AS percentiles_days"""
_WHERE = """o.desk = $1 AND o.started_at >= $2 AND o.started_at < $3
  AND ($4::text IS NULL OR o.metric = $4) AND $5::text IS NOT NULL"""


def statement_of(by: By | None) -> str:
    """The query; $1 desk, $2 from, $3 to, $4 metric or null, $5 the desk's time zone.

    key NULL: the desk's total of the metric.
    """
    key = "NULL::text" if by is None else _KEYS[by]
    is_load = by == "load"
    source = "outcomes o JOIN loads l USING (ticket)" if is_load else "outcomes o"
    # The reasons' days are summed apart: a clock may have been put off for several.
    return f"""{_LOADS if is_load else ""}{"," if is_load else "WITH"} found AS (
      SELECT o.*, k.key FROM {source} CROSS JOIN LATERAL (SELECT {key}) k(key) WHERE {_WHERE}),
    put_off AS (SELECT metric, key, is_total, jsonb_object_agg(reason, days) AS deferred_days FROM (
      SELECT f.metric, f.key, grouping(f.key) AS is_total, d.key AS reason,
        sum(d.value::text::float) AS days
      FROM found f CROSS JOIN LATERAL jsonb_each(f.deferred_days) d
      GROUP BY GROUPING SETS ((f.metric, f.key, d.key), (f.metric, d.key))) s GROUP BY 1, 2, 3),
    summed AS (SELECT o.metric, o.key, grouping(o.key) AS is_total, {_SUMS} FROM found o
      GROUP BY GROUPING SETS ((o.metric, o.key), (o.metric)))
    SELECT s.*, p.deferred_days::text AS deferred_days FROM summed s
    LEFT JOIN put_off p ON p.metric = s.metric AND p.is_total = s.is_total
      AND p.key IS NOT DISTINCT FROM s.key
    WHERE s.is_total = 1 OR s.key IS NOT NULL
    ORDER BY s.metric, s.is_total, s.key COLLATE "C\""""  # noqa: S608 - our own parts


async def attainment(
    connection: Any, desk: str, span: tuple[datetime, datetime], *, by: By | None = None,
    metric: str | None = None, zone: str = "UTC",
) -> list[dict[str, Any]]:  # fmt: skip
    """A group a metric and key, with a total (key None) a metric. Seconds of working time, and
    business days.
    """
    rows = await connection.fetch(statement_of(by), desk, *span, metric, zone)
    return [_group(row) for row in rows]


def _group(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = ("clocks", "met", "breached", "breached_raw", "corrected", "excused")
    decided = row["met"] + row["breached"]
    return {
        "metric": row["metric"],
        "key": row["key"],
        **{name: row[name] for name in (*counts, "cancelled", "open")},
        "attainment_raw": _share(row["met_raw"], row["decided_raw"]),
        "attainment": _share(row["met"], decided),
        "attainment_excused": _share(row["met"] + row["excused"], decided),
        "mean_seconds": row["mean"],
        **_ranks(row["percentiles"], "seconds"),
        "waiting_seconds": row["waiting"],
        "deferred_seconds": row["deferred"],
        "mean_days": row["mean_days"],
        **_ranks(row["percentiles_days"], "days"),
        "waiting_days": row["waiting_days"],
        "deferred_days": msgspec.json.decode(row["deferred_days"] or "{}"),
    }


def _ranks(percentiles: Sequence[float] | None, unit: str) -> dict[str, float | None]:
    ranks = percentiles or (None, None, None)
    return {f"p{share}_{unit}": rank for share, rank in zip((50, 90, 99), ranks, strict=True)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def lines(groups: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[list[object]]:
    """The table: its head, then a row a group; what a spreadsheet would run is made text."""
    yield list(names)
    for group in groups:
        yield [_cell(name, group[name]) for name in names]


def _cell(name: str, value: object) -> object:
    if name == "key" and value is None:
        return "(total)"
    if isinstance(value, Mapping):
        value = "; ".join(f"{reason} {days:.3f}" for reason, days in sorted(value.items()))
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r\n|%"):
        return f"'{value}"
    return "" if value is None else value
