"""Draw the timelines of docs/sla.md, with the function that judges real tickets (semantics 8).

Run: python scripts/sla_pictures.py [--check]. Writes docs/sla/<name>.svg; --check exits 1 where a
picture is not what the clock says today. What is told: scripts/sla_stories.py.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

sys.path = [*sys.path, str(Path(__file__).parent)]
from sla_stories import STORIES, ZONE, Story  # noqa: E402

from sla_clock.domain.clock import Clock, clocks  # noqa: E402
from sla_clock.domain.segments import Segment, segments  # noqa: E402

TARGET = Path(__file__).parents[1] / "docs" / "sla"
WIDTH, LEFT, RIGHT, ROW, TOP = 960, 160, 30, 54, 22
LINE, LETTER, GAP = 14, 6.4, 8  # pixels: a label's height, a letter's width, between two labels
COLOURS = {
    "working time": "#4c9f70",
    "waiting": "#e0a030",
    "deferred": "#e0a030",
    "closed": "#9a86c0",
    "next_response": "#7aa7d0",
    "restarted": "#c9c9c9",
}
CLOSED, HOLIDAY, DUE, INK = "#dedede", "#c9b8d8", "#c0392b", "#333333"
HALO = 'stroke="#ffffff" stroke-width="3" paint-order="stroke"'
WORDS = {
    "working time": "counts",
    "waiting": "waiting for the client",
    "deferred": "put off",
    "closed": "ticket closed",
    "next_response": "another clock runs",
    "restarted": "counted before",
    "night": "closed hours",
    "break": "break",
    "weekend": "weekend",
    "holiday": "holiday",
    "override": "closed by the calendar",
}


class Scale:
    """Instants of a story as places across the picture."""

    def __init__(self, start: datetime, end: datetime) -> None:
        """Both ends have room beside them."""
        self._start, self._length = start, (end - start) / timedelta(seconds=1)

    def __call__(self, at: datetime) -> float:
        """Pixels from the left."""
        share = (at - self._start) / timedelta(seconds=1) / self._length
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def drawn(story: Story) -> str:
    """The picture of a story's clocks at its end."""
    found = [c for c in clocks(story.facts, story.plan, story.now) if c.cycle.metric in story.shown]
    dues = [clock.due_at for clock in found if clock.due_at is not None]
    end = max([story.now, *dues]) + (story.now - story.facts[0].at) * 0.04
    scale = Scale(min(clock.cycle.started_at for clock in found), end)
    labels = _placed(story, scale)
    top = TOP + LINE * max(label.level for label in labels) + LINE
    height = top + ROW * len(found) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11" fill="{INK}">',
        f"<title>{escape(story.title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *_events(labels, height),
    ]
    told = list(segments(found, story.now))
    for row, clock in enumerate(found):
        own = [s for s in told if (s.metric, s.cycle) == (clock.cycle.metric, clock.cycle.number)]
        parts += _clock(clock, own, scale, top + ROW * row)
    parts += _legend(told, height)
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What happened at x; its text from `left` to `right`, so many lines below the top."""

    text: str
    x: float
    left: float
    right: float
    level: int

    @property
    def y(self) -> int:
        """The text's base line."""
        return LINE + LINE * self.level


def _placed(story: Story, scale: Scale) -> list[Label]:
    """Each label on the first line where it overlaps none that is there already."""
    placed: list[Label] = []
    for at, said in story.labels:
        text, x = f"{said} ({_shown(at)})", scale(at)
        length = LETTER * len(text)
        left = x if x + length < WIDTH else x - length
        near = [one for one in placed if one.left - GAP < left + length and left < one.right + GAP]
        level = min(set(range(len(near) + 1)) - {one.level for one in near})
        placed.append(Label(text=text, x=x, left=left, right=left + length, level=level))
    return placed


def _events(labels: list[Label], height: int) -> Iterator[str]:
    """Dotted lines first, so that no line crosses a text."""
    for label in labels:
        yield (
            f'<line x1="{label.x}" y1="{label.y + 3}" x2="{label.x}" y2="{height - 40}" '
            f'stroke="#999999" stroke-dasharray="2 3"/>'
        )
    for label in labels:
        anchor = "start" if label.left == label.x else "end"
        yield (
            f'<text x="{label.x}" y="{label.y}" text-anchor="{anchor}" {HALO}>'
            f"{escape(label.text)}</text>"
        )


def _clock(clock: Clock, own: list[Segment], scale: Scale, y: int) -> Iterator[str]:
    cycle = f" {clock.cycle.number}" if clock.cycle.number > 1 else ""
    yield f'<text x="6" y="{y + 13}" font-weight="bold">{clock.cycle.metric}{cycle}</text>'
    yield f'<text x="6" y="{y + 27}">{clock.target.within_text}: {clock.state}</text>'
    for part in own:
        x, width = scale(part.start), round(scale(part.end) - scale(part.start), 1)
        yield (
            f'<rect x="{x}" y="{y}" width="{width}" height="20" fill="{_colour(part)}">'
            f"<title>{escape(WORDS[part.code])}</title></rect>"
        )
    if clock.due_at is not None:
        x = scale(clock.due_at)
        place = f'x1="{x}" y1="{y - 4}" x2="{x}" y2="{y + 26}"'
        yield f'<line {place} stroke="{DUE}" stroke-width="2"/>'
        anchor = "end" if x > WIDTH * 0.8 else "middle"
        yield (
            f'<text x="{x}" y="{y + 38}" text-anchor="{anchor}" fill="{DUE}" {HALO}>'
            f"{_due(clock)} {_shown(clock.due_at)}</text>"
        )


def _due(clock: Clock) -> str:
    if clock.breach is None:
        return "due"
    return f"breached, by {clock.breach.cause}:" if clock.breach.cause else "breached"


def _legend(told: list[Segment], height: int) -> Iterator[str]:
    x = LEFT
    for code in dict.fromkeys(part.code for part in told):
        colour = next(_colour(part) for part in told if part.code == code)
        yield f'<rect x="{x}" y="{height - 22}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 16}" y="{height - 12}">{WORDS[code]}</text>'
        x += 30 + 7 * len(WORDS[code])


def _colour(part: Segment) -> str:
    return COLOURS.get(part.code, HOLIDAY if part.code == "holiday" else CLOSED)


def _shown(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return local.strftime("%a %-d %b %H:%M" if local.second == 0 else "%a %-d %b %H:%M:%S")


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare them."""
    wanted = {f"{story.name}.svg": drawn(story) for story in STORIES}
    if "--check" not in arguments:
        TARGET.mkdir(exist_ok=True)
        for name, text in wanted.items():
            (TARGET / name).write_text(text, encoding="utf-8")
        return 0
    there = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.svg")}
    wrong = sorted(
        name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)
    )
    if wrong:
        sys.stderr.write(f"not what the clock says: {', '.join(wrong)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
