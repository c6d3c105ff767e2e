"""What a command says: tables and JSON on stdout, progress on stderr, where a person looks on."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 28


def say(text: str) -> None:
    """A line on stdout."""
    sys.stdout.write(f"{text}\n")


def say_json(document: Any) -> None:
    """A document on stdout."""
    say(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def say_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows under their columns' names, as wide as they need."""
    lines = [[*columns], *([_text(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


def _text(value: Any) -> str:
    return "-" if value is None else " ".join(str(value).split())


class Progress:
    """A bar with rate and time to go, on one line of stderr; silent where that is no terminal,
    but for a line every ten seconds.
    """

    def __init__(self, title: str, unit: str = "events") -> None:
        self._title, self._unit = title, unit
        self._is_terminal = sys.stderr.isatty()
        self._began = time.monotonic()
        self._said_at = 0.0 if self._is_terminal else self._began

    def show(self, done: int, total: int, phase: str = "") -> None:
        """How far it is."""
        moment = time.monotonic()
        if moment - self._said_at < (0.2 if self._is_terminal else 10.0):
            return
        self._said_at = moment
        line = progress_line(done, total, moment - self._began, self._unit)
        text = f"{self._title} {line} {phase}".rstrip()
        sys.stderr.write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Take the bar away."""
        if self._is_terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def progress_line(done: int, total: int, seconds: float, unit: str) -> str:
    """`[####····] 12 of 50 events, 3/s, 13 s to go`."""
    share = min(1.0, done / total) if total else 0.0
    bar = "#" * round(share * WIDTH)
    rate = done / seconds if seconds > 0 else 0.0
    to_go = f", {(total - done) / rate:.0f} s to go" if rate and total > done else ""
    return f"[{bar.ljust(WIDTH, '.')}] {done} of {total} {unit}, {rate:.0f}/s{to_go}"
