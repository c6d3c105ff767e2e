"""Templates -> subject, text, HTML. `letters/<locale>/<template>.txt`, its first line the subject.

A desk's own text for a letter takes the template's place (policy: letters.templates).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jinja2

from notifier.letters.markup import to_html
from notifier.letters.own import fill
from notifier.letters.words import FOLDER, Words, worded
from reglament.policy.letters import LetterText
from reglament.wording import LOCALES

SUBJECT_LIMIT = 150
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BLANK_LINES = re.compile(r"\n{3,}")
_NO_NAME = re.compile(r"://|www\.|[@/\\<>\[\]]|\w\.\w\w", re.IGNORECASE)
NAME_LIMIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """subject: one line without control characters; text: plain, with \\n; html: a whole page."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a letter is worded: its template, the language, the desk's time zone and own text."""

    template: str
    locale: str
    zone: str
    own: LetterText | None = None


class Renderer:
    """All templates of all languages, compiled once a process."""

    def __init__(self) -> None:
        self.words = {locale: Words(locale) for locale in LOCALES}
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

    def render(self, wording: Wording, values: Mapping[str, Any]) -> Rendered:
        """The letter. KeyError for an unknown locale, TemplateNotFound for an unknown template.

        values: codes, see `worded`, and texts, taken as they are.
        """
        said = worded(self.words[wording.locale], values, wording.zone)
        said["subject"] = one_line(said.get("subject") or "")
        said["name"] = _greetable(said.get("name"))
        subject, text = self._own(wording, said) if wording.own else self._standard(wording, said)
        subject, text = one_line(subject), _tidied(text)
        return Rendered(
            subject=subject, text=text, html=to_html(text, subject=subject, locale=wording.locale)
        )

    def contacts(self, locale: str, contacts: Mapping[str, str]) -> list[str]:
        """The desk's official channels, a line each."""
        words = self.words[locale]
        return [f"{words.say('contacts', name)}: {value}" for name, value in contacts.items()]

    def _standard(self, wording: Wording, said: Mapping[str, Any]) -> tuple[str, str]:
        whole = self._piece(wording.locale, wording.template, said)
        subject, _, text = whole.partition("\n")
        return subject, text

    def _own(self, wording: Wording, said: dict[str, Any]) -> tuple[str, str]:
        own, words = wording.own, self.words[wording.locale]
        if own is None:
            raise ValueError("the desk has no text of its own for this letter")
        pieces = {
            "greeting": self._piece(wording.locale, "_opening", said).strip(),
            "closing": self._piece(wording.locale, "_closing", said).strip(),
            "callback": words.callback(wording.template) if said.get("callback") else "",
        }
        return fill(own.subject, said | pieces), fill(own.text, said | pieces)

    def _piece(self, locale: str, name: str, said: Mapping[str, Any]) -> str:
        return self._templates[locale].get_template(f"{name}.txt").render(said)


def one_line(text: str) -> str:
    """Fit for a header: no control characters, no line separators, bounded (reliability c8).

    Nor what looks like an encoded word: the standard library would decode it as it sets the
    header, and what is in it could open another one.
    """
    line = _SPACES.sub(" ", _SURROGATES.sub("\ufffd", text)).replace("=?", "= ?").strip()
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1].rstrip() + "…"


def _greetable(name: Any) -> str:
    """Whom to greet; nobody where the "name" is an address or an advertisement (reliability c5)."""
    line = one_line(str(name or ""))
    return "" if len(line) > NAME_LIMIT or _NO_NAME.search(line) else line


def _tidied(text: str) -> str:
    plain = _SURROGATES.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    plain = _CONTROLS.sub("", plain)
    return _BLANK_LINES.sub("\n\n", plain).strip() + "\n"
