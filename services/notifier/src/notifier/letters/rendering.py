"""Templates -> subject and text. `letters/<locale>/<template>.txt`, its first line the subject."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jinja2

from notifier.letters.words import FOLDER, LOCALES, Words, worded

SUBJECT_LIMIT = 150
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """subject: one line without control characters; text: plain, with \\n."""

    subject: str
    text: str


class Renderer:
    """All templates of all languages, compiled once a process."""

    def __init__(self) -> None:
        self._words = {locale: Words(locale) for locale in LOCALES}
        self._templates = {
            locale: jinja2.Environment(  # noqa: S701 - plain text, there is nothing to escape
                loader=jinja2.FileSystemLoader(FOLDER / locale),
                undefined=jinja2.ChainableUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                keep_trailing_newline=True,
            )
            for locale in LOCALES
        }

    def render(self, template: str, locale: str, values: Mapping[str, Any], zone: str) -> Rendered:
        """The letter. KeyError for an unknown locale, TemplateNotFound for an unknown template.

        zone: the desk's, for times; values: codes, see `worded`, and texts, taken as they are.
        """
        said = worded(self._words[locale], values, zone)
        said["subject"] = one_line(said.get("subject") or "")
        whole = self._templates[locale].get_template(f"{template}.txt").render(said)
        subject, _, text = whole.partition("\n")
        return Rendered(subject=one_line(subject), text=_tidied(text))

    def contacts(self, locale: str, contacts: Mapping[str, str]) -> list[str]:
        """The desk's official channels, a line each."""
        words = self._words[locale]
        return [f"{words.say('contacts', name)}: {value}" for name, value in contacts.items()]


def one_line(text: str) -> str:
    """Fit for a header: no control characters, no line separators, bounded (reliability c8).

    Nor what looks like an encoded word: the standard library would decode it as it sets the
    header, and what is in it could open another one.
    """
    line = _SPACES.sub(" ", _SURROGATES.sub("\ufffd", text)).replace("=?", "= ?").strip()
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1].rstrip() + "…"


def _tidied(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip() + "\n"
