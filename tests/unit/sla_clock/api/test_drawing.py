"""The one drawing of clocks, in every language and width."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reglament.wording import LOCALES, codes_of
from sla_clock.api.drawing import Picture, drawn
from sla_clock.domain.clock import clocks

sys.path.append(str(Path(__file__).parents[4] / "scripts"))
TOLD: Any = import_module("sla_stories")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("width", [320, 960])
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("story", TOLD.STORIES, ids=[story.name for story in TOLD.STORIES])
def test_a_picture_is_well_formed_and_stays_within_its_width(
    story: Any, locale: str, width: int
) -> None:
    found = clocks(story.facts, story.plan, story.now)
    now = story.now
    picture = Picture(
        title="<a & b>",
        clocks=found,
        now=now,
        zone=TOLD.ZONE,
        locale=locale,
        width=width,
        shows_now=True,
    )
    root = ET.fromstring(drawn(picture))  # noqa: S314 - our own
    assert root.get("width") == str(width)
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "paper"]
    assert all(0 <= float(bar.get("x", 0)) <= width for bar in bars)
    told = {text.text for text in root.iter(f"{SVG}text")}
    assert codes_of(locale).say("timeline", "now") in told
