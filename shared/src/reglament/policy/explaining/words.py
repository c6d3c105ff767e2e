"""Values of a policy as words of a language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from reglament.policy.durations import BusinessDays, parse_duration
from reglament.wording import codes_of

Locale = Literal["ru", "en", "fr"]
LOCALES: tuple[Locale, ...] = ("ru", "en", "fr")
_PART = re.compile(r"(\d+)([smhd])")


@dataclass(frozen=True, slots=True)
class Code:
    """A value that every desk has, e.g. the channel `web`: said in the reader's words."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Own:
    """A code of the desk's own, e.g. a category: in the words that people get to read for it, or
    as the desk calls it, with the code itself.
    """

    section: str
    code: str
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A duration, as the policy writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Several:
    """Values joined by commas and a last `and` or `or`."""

    values: tuple["Value", ...]
    last: Literal["and", "or"] = "and"


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence, a sentence of its own in the locale's file."""

    id: str
    values: Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Run:
    """Clauses one after another."""

    clauses: tuple[Clause, ...]


Value = str | int | Code | Own | Span | Several | Clause | Run


def several(values: Sequence[Value], last: Literal["and", "or"] = "and", kind: str = "") -> Value:
    """The values as a list; codes of a kind: in the reader's words."""
    return Several(tuple(Code(kind, str(value)) if kind else value for value in values), last)


@cache
def words_of(locale: Locale) -> Mapping[str, Any]:
    """Sentences and words of a language."""
    text = (files(__package__) / "locales" / f"{locale}.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = yaml.safe_load(text)
    return words


def said(value: Value, locale: Locale) -> str:  # noqa: PLR0911 - one a kind of value
    """The value in words."""
    match value:
        case Code(kind, code):
            return str(words_of(locale)[kind].get(code, code))
        case Own():
            return _own(value, locale)
        case Span(text):
            return _duration(text.removeprefix("-"), locale)
        case Several(values, last):
            return _joined([said(each, locale) for each in values], locale, last)
        case Clause(id_, values):
            return sentence(id_, values, locale)
        case Run(clauses):
            return "".join(said(each, locale) for each in clauses)
    return str(value)


def owned(
    section: str, codes: Iterable[str], titles: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Own, ...]:
    """Codes of the desk's own, with the titles that it gives them."""
    return tuple(Own(section, code, (titles or {}).get(code, ())) for code in codes)


def _own(value: Own, locale: Locale) -> str:
    known = codes_of(locale).sections.get(value.section, {}).get(value.code)
    word = known or next(iter(value.titles), value.code)
    same = word.casefold() == value.code.casefold()
    return value.code if same else f"{word} ({value.code})"


def sentence(id: str, values: Mapping[str, Value], locale: Locale) -> str:  # noqa: A002
    """A sentence with its values in words. KeyError: the locale lacks it."""
    pattern: str = words_of(locale)["sentences"][id]
    return pattern.format(**{name: said(value, locale) for name, value in values.items()})


def _joined(words: Sequence[str], locale: Locale, last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {words_of(locale)['joins'][last]} {words[-1]}"


def _duration(text: str, locale: Locale) -> str:
    duration = parse_duration(text)
    if isinstance(duration, BusinessDays):
        form = words_of(locale)["business_days"][_plural(duration.days, locale)]
        return f"{duration.days} {form}"
    units = words_of(locale)["units"]
    return " ".join(
        f"{number} {units[unit][_plural(int(number), locale)]}"
        for number, unit in _PART.findall(text)
    )


def _plural(count: int, locale: Locale) -> str:
    """one, few or many: the form that a number takes."""
    if locale != "ru":
        return "one" if count == 1 or (locale == "fr" and count == 0) else "many"
    if count % 10 == 1 and count % 100 != 11:
        return "one"
    is_few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return "few" if is_few else "many"
