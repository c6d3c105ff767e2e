"""The pictures of docs/sla.md are what the clock says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_pictures_are_what_the_clock_says_today() -> None:
    script = ROOT / "scripts" / "sla_pictures.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_picture_stands_in_the_document() -> None:
    shown = set(re.findall(r"\(sla/(.+)\.svg\)", (ROOT / "docs" / "sla.md").read_text("utf-8")))
    assert shown == {path.stem for path in (ROOT / "docs" / "sla").glob("*.svg")}
