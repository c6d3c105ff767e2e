"""A letter's text -> HTML: paragraphs, lists, links; no picture, no colour, nothing from outside.

Both parts say the same words. Colours are the reader's own, so that dark mode needs no care.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import jinja2
from markupsafe import Markup, escape

from notifier.letters.words import FOLDER

_URL = re.compile(r"https?://[^\s<>\"'«»]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}…"
_FRAME = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
).get_template("frame.html")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph's lines, or a list's items."""

    is_list: bool
    lines: tuple[Markup, ...]


def to_html(text: str, *, subject: str, locale: str) -> str:
    """A whole page. What is in `text` is text, whatever it looks like; only links are live."""
    return _FRAME.render(blocks=list(_blocks(text)), subject=subject, locale=locale) + "\n"


def _blocks(text: str) -> Iterator[Block]:
    for paragraph in text.strip().split("\n\n"):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            if lines and _is_item(line) != _is_item(lines[0]):
                yield _block(lines)
                lines = []
            lines.append(line)
        yield _block(lines)


def _block(lines: list[str]) -> Block:
    is_list = _is_item(lines[0])
    return Block(is_list, tuple(_linked(line[2:] if is_list else line) for line in lines))


def _is_item(line: str) -> bool:
    return line.startswith("- ")


def _linked(line: str) -> Markup:
    """The line with its web addresses as links; only http and https ever are."""
    pieces, at = [], 0
    for match in _URL.finditer(line):
        url = match.group().rstrip(_TRAILING)
        pieces.append(escape(line[at : match.start()]))
        pieces.append(Markup('<a href="{0}">{0}</a>').format(url))
        at = match.start() + len(url)
    return Markup().join((*pieces, escape(line[at:])))
