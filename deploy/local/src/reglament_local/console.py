"""Numbered steps with sizes and times on the terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


def say(line: str) -> None:
    """One line to the reader, at once."""
    _write(line + "\n")


def say_aside(line: str) -> None:
    """One line to who watches, not part of the answer (stderr)."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _write(text: str) -> None:
    # Whoever read us may be gone (`make run | head`); the stack still has to stop in order.
    with suppress(OSError, ValueError):
        sys.stdout.write(text)
        sys.stdout.flush()


@dataclass(slots=True, kw_only=True)
class Step:
    """What a step found out about itself while it ran."""

    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Shown behind the time: a size, a count, what was checked."""
        self.notes.append(text)


@dataclass(slots=True, kw_only=True)
class Steps:
    """Counts the steps of one start: `[3/8] Kafka 4.3.1 jars, 44 MB ... ok 19.0 s`."""

    total: int
    done: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Prints the title before and the time after; an error passes through."""
        self.done += 1
        _write(f"[{self.done}/{self.total}] {title} ... ")
        began = time.monotonic()
        step = Step()
        try:
            yield step
        except Exception:
            say("failed")
            raise
        except BaseException:
            say("stopped")
            raise
        say(", ".join((f"ok {time.monotonic() - began:.1f} s", *step.notes)))
