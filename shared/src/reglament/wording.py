"""Codes -> words of a language, for everything that people read: letters and pages.

A code that nobody has put into words is still said.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from reglament.yaml_core import parse_yaml

LOCALES = ("ru", "en", "fr")
Sections = Mapping[str, Mapping[str, str]]


class Codes:
    """One language's catalogue: `words/<locale>.yaml`, and what `further` adds to it."""

    def __init__(self, locale: str, further: Sections | None = None) -> None:
        text = files("reglament").joinpath("words", f"{locale}.yaml").read_text(encoding="utf-8")
        self._sections: dict[str, Mapping[str, str]] = {**parse_yaml(text), **(further or {})}

    @property
    def sections(self) -> Sections:
        """All of it, by section and code."""
        return self._sections

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


@lru_cache(maxsize=len(LOCALES))
def codes_of(locale: str) -> Codes:
    """The language's catalogue, read once."""
    return Codes(locale)


def chosen_locale(own: str | None, otherwise: str) -> str:
    """One's own language where there are words in it, else the other (the desk's)."""
    language = (own or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else otherwise
