"""A ticket's clocks as a timeline: the one drawing of them, for pages and for docs/sla.md.

A bar a clock: every stretch of its time in the colour of its reason, the due time as a red line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from reglament.wording import Codes, codes_of
from sla_clock.domain.clock import Clock
from sla_clock.domain.segments import Segment, segments

LINE, LETTER, GAP = 14, 6.4, 8  # pixels: a label's height, a letter's width, between two labels
NARROW, BAR = 640, 20
# A segment's code -> its colour by day, by night.
COLOURS = {
    "working time": ("#4c9f70", "#4f9f76"),
    "waiting": ("#e0a030", "#c08a2c"),
    "deferred": ("#e0a030", "#c08a2c"),
    "closed": ("#9a86c0", "#8672ad"),
    "next_response": ("#7aa7d0", "#5f8cb5"),
    "restarted": ("#c9c9c9", "#5a6570"),
    "holiday": ("#c9b8d8", "#6d5f80"),
}
CLOSED = ("#dedede", "#3a4550")
FORMATS = {"en": "%a %-d %b %H:%M", "ru": "%d.%m %H:%M", "fr": "%d/%m %H:%M"}
BY_DAY = {"ink": "#333333", "paper": "#ffffff", "due": "#c0392b", "faint": "#8a8a8a"}
BY_NIGHT = {"ink": "#dde4ea", "paper": "#1a222b", "due": "#ff8f85", "faint": "#8795a1"}
_SPAN = re.compile(r"^(\d+)\s*(business days|[dhms])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn: clocks as they are at `now`, and what happened (`marks`) above them.

    zone: by whose wall clock; shows_now: a line there; width in pixels.
    """

    title: str
    clocks: Sequence[Clock]
    now: datetime
    zone: ZoneInfo
    marks: Sequence[tuple[datetime, str]] = ()
    locale: str = "en"
    width: int = 960
    shows_now: bool = False

    @property
    def is_narrow(self) -> bool:
        """On a phone a clock's name stands above its bar."""
        return self.width < NARROW

    @property
    def left(self) -> int:
        """Where time begins."""
        return 8 if self.is_narrow else 190

    @property
    def row(self) -> int:
        """A clock's height."""
        return 72 if self.is_narrow else 54

    @property
    def words(self) -> Codes:
        """In the reader's language."""
        return codes_of(self.locale)

    def place(self, at: datetime) -> float:
        """Pixels from the left; both ends have room beside them."""
        start = min(clock.cycle.started_at for clock in self.clocks)
        dues = [clock.due_at for clock in self.clocks if clock.due_at is not None]
        latest = max([self.now, *dues])
        length = (latest - start) * 1.04 + timedelta(seconds=1)
        room = self.width - self.left - (10 if self.is_narrow else 30)
        return round(self.left + (at - start) / length * room, 1)

    def time(self, at: datetime) -> str:
        """By the wall clock; seconds only where there are some."""
        local = at.astimezone(self.zone)
        exact = self.locale == "en" and local.second and not local.microsecond
        return local.strftime(FORMATS[self.locale] + (":%S" if exact else ""))


def drawn(picture: Picture) -> str:
    """The picture as SVG."""
    labels, told = _placed(picture), list(segments(picture.clocks, picture.now))
    top = 8 + LINE * (2 + max(label.level for label in labels)) if labels else 26
    bottom = top + picture.row * len(picture.clocks)
    legend = list(_legend(picture, told, bottom + 12))
    width, height = picture.width, bottom + 12 + LINE * 2 + _lines(legend)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f"<title>{escape(picture.title)}</title>",
        f"<style>{_style()}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *_marks(labels, bottom),
        *_now(picture, top, bottom),
    ]
    for row, clock in enumerate(picture.clocks):
        own = [s for s in told if (s.metric, s.cycle) == (clock.cycle.metric, clock.cycle.number)]
        parts += _clock(picture, clock, own, top + picture.row * row)
    return "\n".join([*parts, *(text for _, text in legend), "</svg>", ""])


def _style() -> str:
    """Colours by the reader's scheme: nothing outside is asked for."""
    by_day, by_night = ({code: pair[i] for code, pair in COLOURS.items()} for i in (0, 1))
    day = _rules(BY_DAY, by_day | {"off": CLOSED[0]})
    night = _rules(BY_NIGHT, by_night | {"off": CLOSED[1]})
    return f"{day}@media (prefers-color-scheme:dark){{{night}}}"


def _rules(scheme: dict[str, str], colours: dict[str, str]) -> str:
    ink, paper, due, faint = (scheme[name] for name in ("ink", "paper", "due", "faint"))
    halo = f"stroke:{paper};stroke-width:3;paint-order:stroke"
    bars = "".join(f".{_name(code)}{{fill:{colour}}}" for code, colour in colours.items())
    return (
        f".paper{{fill:{paper}}}text{{fill:{ink};{halo}}}line{{stroke:{faint}}}"
        f"line.due{{stroke:{due}}}text.due{{fill:{due}}}line.now{{stroke:{ink}}}"
        f"line.ahead{{stroke-width:2}}{bars}"
    )


def _name(code: str) -> str:
    return code.replace(" ", "-").replace("_", "-")


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


def _placed(picture: Picture) -> list[Label]:
    """Each label on the first line where it overlaps none that is there already."""
    placed: list[Label] = []
    for at, said in picture.marks:
        text, x = f"{said} ({picture.time(at)})", picture.place(at)
        length = LETTER * len(text)
        left = x if x + length < picture.width else x - length
        near = [one for one in placed if one.left - GAP < left + length and left < one.right + GAP]
        level = min(set(range(len(near) + 1)) - {one.level for one in near})
        placed.append(Label(text=text, x=x, left=left, right=left + length, level=level))
    return placed


def _marks(labels: list[Label], bottom: int) -> Iterator[str]:
    """Dotted lines first, so that no line crosses a text."""
    for label in labels:
        yield (
            f'<line x1="{label.x}" y1="{label.y + 3}" x2="{label.x}" y2="{bottom}" '
            f'stroke-dasharray="2 3"/>'
        )
    for label in labels:
        anchor = "start" if label.left == label.x else "end"
        yield (
            f'<text x="{label.x}" y="{label.y}" text-anchor="{anchor}">{escape(label.text)}</text>'
        )


def _clock(picture: Picture, clock: Clock, own: list[Segment], y: int) -> Iterator[str]:
    words = picture.words
    cycle = f" {clock.cycle.number}" if clock.cycle.number > 1 else ""
    name = f"{words.say('metrics', clock.cycle.metric)}{cycle}"
    colon, said = words.say("timeline", "colon"), words.say("states", clock.state)
    state = f"{_span(words, clock.target.within_text)}{colon}{said}"
    if picture.is_narrow:
        bold = f'<tspan font-weight="bold">{escape(name)}</tspan>'
        yield f'<text x="8" y="{y + 10}">{bold} · {escape(state)}</text>'
    else:
        yield f'<text x="6" y="{y + 9}" font-weight="bold">{escape(name)}</text>'
        yield f'<text x="6" y="{y + 23}">{escape(state)}</text>'
    bar = y + 17 if picture.is_narrow else y
    for part in own:
        x = picture.place(part.start)
        width = max(1.5, round(picture.place(part.end) - x, 1))
        kind = part.code if part.code in COLOURS else "off"
        yield (
            f'<rect class="{_name(kind)}" x="{x}" y="{bar}" width="{width}" height="{BAR}">'
            f"<title>{escape(words.say('segments', part.code))}</title></rect>"
        )
    if clock.due_at is not None:
        yield from _ahead(picture, clock, bar)
        yield from _due(picture, clock, bar)


def _ahead(picture: Picture, clock: Clock, y: int) -> Iterator[str]:
    """What is left of an open clock, as a thin line up to its due time."""
    if clock.is_open and clock.due_at is not None and clock.due_at > picture.now:
        x, end, middle = picture.place(picture.now), picture.place(clock.due_at), y + BAR // 2
        yield f'<line class="ahead" x1="{x}" y1="{middle}" x2="{end}" y2="{middle}"/>'


def _due(picture: Picture, clock: Clock, y: int) -> Iterator[str]:
    assert clock.due_at is not None  # noqa: S101 - asked by the caller
    x, words = picture.place(clock.due_at), picture.words
    cause = clock.breach.cause if clock.breach else None
    kind = "due" if clock.breach is None else "breached_by" if cause else "breached"
    text = words.say("timeline", kind).format(at=picture.time(clock.due_at), cause=cause)
    yield (
        f'<line class="due" x1="{x}" y1="{y - 4}" x2="{x}" y2="{y + BAR + 6}" stroke-width="2"/>'
    )
    yield (
        f'<text class="due" x="{x}" y="{y + BAR + 18}" text-anchor="{_anchor(picture, x, text)}">'
        f"{escape(text)}</text>"
    )


def _anchor(picture: Picture, x: float, text: str) -> str:
    half = LETTER * len(text) / 2
    if x + half > picture.width:
        return "end"
    return "start" if x - half < 0 else "middle"


def _now(picture: Picture, top: int, bottom: int) -> Iterator[str]:
    if not picture.shows_now:
        return
    x, word = picture.place(picture.now), picture.words.say("timeline", "now")
    end = bottom - (12 if picture.is_narrow else 16)
    yield (
        f'<line class="now" x1="{x}" y1="{top - 6}" x2="{x}" y2="{end}" stroke-dasharray="4 3"/>'
    )
    yield f'<text x="{x}" y="{top - 8}" text-anchor="{_anchor(picture, x, word)}">{word}</text>'


def _span(words: Codes, text: str) -> str:
    """`10 business days`, in the reader's language; what has no words, as it is written."""
    found = _SPAN.match(text)
    return f"{found[1]} {words.say('timeline', found[2])}" if found else text


def _legend(picture: Picture, told: list[Segment], y: int) -> Iterator[tuple[int, str]]:
    """Each entry with the line it stands on."""
    x, line = picture.left, 0
    for code in dict.fromkeys(part.code for part in told):
        word = picture.words.say("segments", code)
        length = round(28 + LETTER * len(word))
        if x + length > picture.width and x > picture.left:
            x, line = picture.left, line + 1
        kind = _name(code if code in COLOURS else "off")
        at = y + line * (LINE + 4)
        yield (
            line,
            f'<rect class="{kind}" x="{x}" y="{at}" width="12" height="12"/>'
            f'<text x="{x + 16}" y="{at + 10}">{escape(word)}</text>',
        )
        x += length


def _lines(legend: list[tuple[int, str]]) -> int:
    return max((line for line, _ in legend), default=0) * (LINE + 4)
