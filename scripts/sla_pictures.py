"""Draw the timelines of docs/sla.md, with the function that judges real tickets (semantics 8).

Run: python scripts/sla_pictures.py [--check]. Writes docs/sla/<name>.svg; --check exits 1 where a
picture is not what the clock says today. What is told: scripts/sla_stories.py.
"""

import sys
from pathlib import Path

sys.path = [*sys.path, str(Path(__file__).parent)]
from sla_stories import STORIES, ZONE, Story  # noqa: E402

from sla_clock.api.drawing import Picture, drawn  # noqa: E402
from sla_clock.domain.clock import clocks  # noqa: E402

TARGET = Path(__file__).parents[1] / "docs" / "sla"


def drawn_story(story: Story) -> str:
    """The picture of a story's clocks at its end."""
    found = clocks(story.facts, story.plan, story.now)
    return drawn(
        Picture(
            title=story.title,
            clocks=[clock for clock in found if clock.cycle.metric in story.shown],
            now=story.now,
            zone=ZONE,
            marks=story.labels,
        )
    )


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare them."""
    wanted = {f"{story.name}.svg": drawn_story(story) for story in STORIES}
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
