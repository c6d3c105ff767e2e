"""Draws the pictures of docs/email.md: real letters of real desks, by Chromium.

.venv/bin/python docs/email/draw.py      (CHROMIUM=… where it is not on the path)
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from notifier.letters.rendering import Rendered, Renderer
from notifier.letters.trial import Trial
from reglament.policy.loader import load

HERE = Path(__file__).parent
POLICIES = HERE.parents[1] / "policies"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WIDTH = 640
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
HEAD = (
    "<div style='font:14px/1.6 Arial,sans-serif;padding:12px 16px;border-bottom:1px solid #8888'>"
)
PAGE = "<!DOCTYPE html><meta charset=utf-8><meta name=color-scheme content='light dark'>"
FRAME = "<iframe style='border:0;width:100%;height:{height}px' srcdoc='{letter}'></iframe>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A letter of a desk; dark: as a reader with a dark screen sees it."""

    desk: str
    template: str
    locale: str
    dark: bool = False

    @property
    def name(self) -> str:
        """The file's."""
        return f"{self.template}-{self.locale}{'-dark' if self.dark else ''}"


PICTURES = (
    Picture(desk="wiseadvice", template="confirmation", locale="ru"),
    Picture(desk="wiseadvice", template="returned", locale="ru"),
    Picture(desk="microimpuls", template="confirmation", locale="ru", dark=True),
    Picture(desk="microimpuls", template="duplicate", locale="ru"),
    Picture(desk="eiler", template="schedule_changed", locale="en"),
    Picture(desk="eiler", template="letter_refused", locale="fr"),
    Picture(desk="remsys", template="resolved", locale="en"),
    Picture(desk="remsys", template="information_asked", locale="ru"),
    Picture(desk="rusbitech", template="escalated", locale="ru"),
)


def page(trial: Trial, letter: Rendered) -> tuple[str, int]:
    """A mail program's window with the letter in it, and its height."""
    mailbox = trial.policy.mailbox.address if trial.policy.mailbox else ""
    sender = escape(f"{trial.sender_name} <{mailbox}>")
    lines = sum(max(1, -(-len(line) // 62)) for line in letter.text.splitlines() if line)
    gaps = letter.text.count("\n\n") + letter.text.count("\n- ")
    height = 40 + 24 * lines + 16 * gaps
    frame = FRAME.format(height=height, letter=escape(letter.html, quote=True))
    head = f"{HEAD}<b>{escape(letter.subject)}</b><br>{sender}</div>"
    return f"{PAGE}<body style='margin:0'>{head}{frame}", (height + 75)


def draw(chromium: str, picture: Picture, renderer: Renderer, folder: Path) -> Path:
    """One PNG."""
    policy = load((POLICIES / f"{picture.desk}.yaml").read_bytes())
    trial = Trial(policy=policy, template=picture.template, locale=picture.locale)
    markup, height = page(trial, trial.rendered(renderer, NOW))
    source, target = folder / f"{picture.name}.html", HERE / f"{picture.name}.png"
    source.write_text(markup, encoding="utf-8")
    shot = (f"--screenshot={target}", f"--window-size={WIDTH},{height}")
    dark = ("--blink-settings=preferredColorScheme=0",) if picture.dark else ()
    command = [chromium, *FLAGS, f"--user-data-dir={folder}/profile", *dark, *shot, source.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own
    return target


def main() -> int:
    """All of them."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    if chromium is None:
        sys.stderr.write("there is no Chromium here: say where in CHROMIUM\n")
        return 1
    renderer = Renderer()
    with tempfile.TemporaryDirectory() as folder:
        for picture in PICTURES:
            target = draw(chromium, picture, renderer, Path(folder))
            sys.stdout.write(f"{target.name} {target.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
