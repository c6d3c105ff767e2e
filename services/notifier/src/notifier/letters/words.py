"""Codes -> words of a language. A code that nobody has put into words is still said."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reglament.policy.yaml_core import parse_yaml

FOLDER = Path(__file__).parent
LOCALES = ("ru", "en", "fr")


class Words:
    """One language's catalogue, `letters/<locale>/words.yaml`."""

    def __init__(self, locale: str) -> None:
        self._sections: dict[str, dict[str, str]] = parse_yaml(
            (FOLDER / locale / "words.yaml").read_text(encoding="utf-8")
        )

    def say(self, section: str, code: str) -> str:
        """The code in words; itself, readable, where the catalogue has none."""
        return self._sections[section].get(code) or code.replace("_", " ").replace("-", " ")

    def field(self, path: str | None) -> str:
        """`fields.inn` -> what people call it."""
        parts = [part for part in (path or "").split(".") if part and not part.isdigit()]
        return self.say("fields", parts[-1]) if parts else ""

    def violation(self, broken: Mapping[str, str | None]) -> str:
        """A broken rule, and what to add."""
        rules = self._sections["violations"]
        pattern = rules.get(broken["rule"] or "") or rules["otherwise"]
        field = self.field(broken.get("field")) or (broken["rule"] or "").replace("-", " ")
        return pattern.format(field=field, detail=broken.get("detail") or "").replace(" ()", "")

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


def chosen_locale(own: str | None, desks: str) -> str:
    """The requester's own language where there are templates in it, else the desk's."""
    language = (own or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else desks


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
