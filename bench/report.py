"""A contest's rounds as a table for people, a row for `.run/bench.json`, a picture."""

import json
import os
import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import psutil

from bench.contest import LIMIT, OURS, Goal, Result
from bench.rounds import REPORT

PICTURES = Path("docs/benchmarks")
BAR, GAP, LEFT, WIDTH = 26, 14, 260, 420
COLOURS = {OURS: "#1a7f5a", LIMIT: "#8a8f98"}


def machine() -> str:
    """What it ran on, with nothing that tells where it stands."""
    text = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    model = found[1].strip() if found else platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def row(result: Result) -> dict[str, object]:
    """`{ours, limit, ratio, peers: {name: {value, ratio}}, unit}`, and the rounds behind it."""
    return {
        "ours": result.median(OURS),
        "limit": result.median(LIMIT),
        "ratio": result.ratio(LIMIT),
        "peers": {
            name: {"value": result.median(name), "ratio": result.ratio(name)}
            for name in result.contest.peers
        },
        "unit": result.contest.unit,
        "goals": [
            {"goal": told(goal), "ratio": reached, "reached": goal.is_reached(reached)}
            for goal, reached in judged(result)
        ],
        "rounds": {who: result.values(who) for who in result.rounds},
        "figures": {who: result.figures(who) for who in result.rounds},
        "load": os.getloadavg()[0],
        "machine": machine(),
    }


def judged(result: Result) -> list[tuple[Goal, float]]:
    """Each goal with the ratio that was reached."""
    goals = result.contest.goals
    return [(goal, result.ratio(goal.against, goal.figure)) for goal in goals]


def told(goal: Goal) -> str:
    """A goal in words."""
    bounds = [
        f"{word} {bound:g} x"
        for word, bound in (("at least", goal.at_least), ("at most", goal.at_most))
        if bound is not None
    ]
    what = f"{goal.figure}: " if goal.figure else ""
    return f"{what}{' and '.join(bounds)} {goal.against}"


def table(result: Result) -> str:
    """A line a contestant: min, median, max, ours / theirs, figures; a line a goal."""
    width = max(len(who) for who in result.rounds)
    lines = [f"{result.contest.name}, {result.contest.unit}"]
    for who in result.rounds:
        values = result.values(who)
        figures = "  ".join(f"{name} {value:,.1f}" for name, value in result.figures(who).items())
        lines.append(
            f"  {who:{width}}  min {min(values):11,.1f}  median {result.median(who):11,.1f}"
            f"  max {max(values):11,.1f}  ratio {result.ratio(who):6.2f}   {figures}"
        )
    for goal, reached in judged(result):
        verdict = "reached" if goal.is_reached(reached) else "NOT REACHED"
        lines.append(f"  goal {told(goal)}: {reached:.2f}, {verdict}")
    return "\n".join(lines)


def bars(name: str, kept: Mapping[str, Any]) -> str:
    """An SVG: a bar a contestant by its median, a line from its worst to its best round.

    kept: what `row` gave, also as `.run/bench.json` has it.
    """
    rounds: Mapping[str, Sequence[float]] = kept["rounds"]
    most = max(max(values) for values in rounds.values())
    height = 78 + len(rounds) * (BAR + GAP)
    parts = [_text(12, 24, f"{name}, {kept['unit']}", size=16)]
    ratios = {LIMIT: kept["ratio"], **{who: at["ratio"] for who, at in kept["peers"].items()}}
    for place, (who, values) in enumerate(rounds.items()):
        parts += _bar(who, values, ratios.get(who), (44 + place * (BAR + GAP), WIDTH / most))
    parts.append(_text(12, height - 12, f"{kept['machine']}, load {kept['load']:.1f}", size=11))
    return _svg(LEFT + WIDTH + 190, height, parts)


def _bar(
    who: str, values: Sequence[float], ratio: float | None, place: tuple[int, float]
) -> list[str]:
    (top, scale), median = place, statistics.median(values)
    middle = top + BAR / 2
    least, most = LEFT + min(values) * scale, LEFT + max(values) * scale
    colour = COLOURS.get(who, "#4a78b5")
    label = f"{median:,.0f}" if ratio is None else f"{median:,.0f}  (ours {ratio:.2f} x)"
    return [
        _text(LEFT - 8, middle + 4, who, anchor="end"),
        f'<rect x="{LEFT}" y="{top}" width="{median * scale:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<path d="M{least:.1f} {middle}H{most:.1f}" stroke="#222" stroke-width="2"/>',
        _text(most + 8, middle + 4, label),
    ]


def lines(title: str, unit: str, series: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """An SVG: what each bench came to at so many tickets, the latter by powers of ten."""
    sizes = sorted({size for points in series.values() for size, _ in points})
    most = max(value for points in series.values() for _, value in points)
    step, base = WIDTH / max(1, len(sizes) - 1), 260
    place = {size: 90 + number * step for number, size in enumerate(sizes)}
    parts = [_text(12, 24, f"{title}, {unit}", size=16)]
    parts += [_text(x, base + 20, f"{size:,}", anchor="middle") for size, x in place.items()]
    parts.append(_text(80, 52, f"{most:,.0f}", anchor="end"))
    parts.append(f'<path d="M90 48V{base}H{90 + WIDTH}" fill="none" stroke="#888"/>')
    for number, (name, points) in enumerate(series.items()):
        colour = ("#1a7f5a", "#4a78b5", "#b5654a", "#7a4ab5", "#8a8f98")[number % 5]
        at = [f"{place[size]:.1f},{base - value / most * 208:.1f}" for size, value in points]
        joined = " ".join(at)
        parts.append(
            f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(_text(100 + WIDTH, 60 + 18 * number, name, fill=colour))
    parts.append(_text(12, base + 48, machine(), size=11))
    return _svg(90 + WIDTH + 220, base + 60, parts)


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", size: int = 13, fill: str = "#222"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{fill}">{escape(said)}</text>'
    )


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f"{inside}\n</svg>\n"
    )


def drawn(name: str, picture: str) -> None:
    """Keep a picture beside the documents."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def main() -> int:
    """`python -m bench.report`: draws again what `.run/bench.json` has of contests."""
    for name, kept in json.loads(REPORT.read_text(encoding="utf-8")).items():
        if "rounds" in kept:
            drawn(name, bars(name, kept))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
