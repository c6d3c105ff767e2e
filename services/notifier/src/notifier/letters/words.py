"""What letters say of their codes, besides what everybody says (reglament.wording)."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reglament.wording import Codes
from reglament.yaml_core import parse_yaml

FOLDER = Path(__file__).parent


class Words(Codes):
    """One language's catalogue: everybody's codes, and `letters/<locale>/words.yaml`."""

    def __init__(self, locale: str) -> None:
        own = (FOLDER / locale / "words.yaml").read_text(encoding="utf-8")
        super().__init__(locale, parse_yaml(own))

    def callback(self, template: str) -> str:
        """The promise to phone, as that letter makes it."""
        return self._sections["callbacks"].get(template, "")

    def step(self, step: str) -> str:
        """A clock's step: `breached`, `expect`, a percentage."""
        if step in self._sections["steps"]:
            return self.say("steps", step)
        return self._sections["steps"]["otherwise"].format(step=step) if step.isdigit() else step


def wall_time(at: str, zone: str) -> str:
    """An instant as the desk's people read it: `20.11.2026 18:00 (Europe/Moscow)`."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    return f"{local:%d.%m.%Y %H:%M} ({zone})"


def worded(words: Words, values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """A letter's values with every code in words and every time on the desk's wall."""
    said = dict(values)
    said["violations"] = [words.violation(broken) for broken in values.get("violations", ())]
    said["items"] = [words.field(item) for item in values.get("items", ())]
    said["files"] = list(values.get("files", ()))
    for section, keys in _SECTIONS.items():
        said |= {key: words.say(section, values[key]) for key in keys if values.get(key)}
    for key in ("due_at", "previous_due_at", "until"):
        if values.get(key):
            said[key] = wall_time(values[key], zone)
    if values.get("step"):
        said["step"] = words.step(values["step"])
    return said


_SECTIONS = {
    "reasons": ("reason",),
    "statuses": ("status",),
    "metrics": ("metric",),
    "priorities": ("priority", "previous"),
}
