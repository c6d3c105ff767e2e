"""A desk's own words in its letters: name, signature, templates. Data; notifier writes with it.

A template is plain text with placeholders, `{number}`: nothing in it is run. A line whose
placeholders are all empty is left out; `{{` and `}}` stand for braces.
"""

import re
import string
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from reglament.errors import Violation
from reglament.policy.values import Part

Locale = Literal["ru", "en", "fr"]
Localized = str | dict[Locale, str]
LetterName = Literal[
    "access_erased",
    "assigned",
    "closed",
    "confirmation",
    "deferred",
    "duplicate",
    "escalated",
    "exhausted",
    "information_asked",
    "letter_refused",
    "maybe_related",
    "merged",
    "message",
    "priority_changed",
    "refused",
    "resolved",
    "returned",
    "schedule_changed",
    "status",
]
EVERYWHERE = frozenset(
    ("number", "subject", "name", "desk", "signature", "greeting", "closing", "portal", "contacts")
)
_ESCALATION = frozenset(("from_level", "to_level", "metric", "step", "priority"))
PLACEHOLDERS: Mapping[LetterName, frozenset[str]] = {
    "confirmation": frozenset(("callback", "web_form", "related")),
    "returned": frozenset(("violations",)),
    "letter_refused": frozenset(("violations",)),
    "refused": frozenset(("reason",)),
    "information_asked": frozenset(("items", "text", "files")),
    "message": frozenset(("text", "files")),
    "resolved": frozenset(("text", "files", "links", "callback")),
    "schedule_changed": frozenset(("due_at", "previous_due_at", "reason", "text")),
    "deferred": frozenset(("until", "reason", "text")),
    "priority_changed": frozenset(("priority", "previous")),
    "status": frozenset(("status",)),
    "merged": frozenset(("related",)),
    "maybe_related": frozenset(("related",)),
    "escalated": _ESCALATION,
    "exhausted": _ESCALATION,
}
# What a letter is there to say (WIS-02, WIS-06, WIS-15, EIL-11, EIL-14, EIL-16), always.
NEEDED: Mapping[LetterName, frozenset[str]] = {
    "returned": frozenset(("violations",)),
    "letter_refused": frozenset(("violations",)),
    "refused": frozenset(("reason",)),
    "information_asked": frozenset(("items", "text")),
    "message": frozenset(("text",)),
    "resolved": frozenset(("text",)),
    "schedule_changed": frozenset(("due_at", "previous_due_at", "reason")),
    "deferred": frozenset(("until", "reason")),
    "status": frozenset(("status",)),
    "maybe_related": frozenset(("related",)),
}
NUMBERLESS = frozenset(("letter_refused",))
_NAME = re.compile(r"[a-z_]{1,40}")


class LetterText(Part):
    """A letter in one language."""

    subject: Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[^\r\n]*$")]
    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class Letters(Part):
    """How the desk signs and words its letters; what is not here is as the platform has it."""

    from_name: Localized | None = None  # shown as the sender; the desk's name where not said
    signature: Localized | None = None  # below the desk's name
    templates: dict[LetterName, dict[Locale, LetterText]] = Field(default={})


def in_language(text: Localized | None, locale: str, otherwise: str) -> str | None:
    """The text in `locale`, else in the desk's language; one that is a plain string: in any."""
    if text is None or isinstance(text, str):
        return text
    by_locale: Mapping[str, str] = {str(key): value for key, value in text.items()}
    return by_locale.get(locale) or by_locale.get(otherwise)


def placeholders(text: str) -> Iterator[str]:
    """The names between braces. Raises ValueError where a brace is none of ours."""
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not _NAME.fullmatch(name):
            raise ValueError(f"{{{name}}}")
        yield name


def letter_faults(letters: Letters) -> Iterator[Violation]:
    """Placeholders that no such letter has, and those that it cannot do without."""
    for name, texts in letters.templates.items():
        for locale, text in texts.items():
            yield from _faults(name, text, f"letters.templates.{name}.{locale}")


def _faults(letter: LetterName, text: LetterText, field: str) -> Iterator[Violation]:
    try:
        in_subject = set(placeholders(text.subject))
        in_text = set(placeholders(text.text))
    except ValueError as fault:
        yield Violation(rule="placeholder-malformed", field=field, detail=str(fault))
        return
    known = EVERYWHERE | PLACEHOLDERS.get(letter, frozenset())
    for name in sorted((in_subject | in_text) - known):
        yield Violation(rule="placeholder-unknown", field=field, detail=name)
    if letter not in NUMBERLESS and "number" not in in_subject:  # WIS-04, WIS-15
        yield Violation(rule="placeholder-missing", field=f"{field}.subject", detail="number")
    for name in sorted(NEEDED.get(letter, frozenset()) - in_text):
        yield Violation(rule="placeholder-missing", field=f"{field}.text", detail=name)
