"""A letter's labelled lines and patterns become fields, as the desk's policy says. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from intake.domain.rules.values import is_inn
from reglament.policy.model import Policy
from reglament.policy.parts import FieldRule

_YES = frozenset(("да", "yes", "true", "oui", "+", "1", "прочитал", "прочитала", "прочитано"))
_NO = frozenset(("нет", "no", "false", "non", "-", "0"))
_INN = re.compile(r"(?<![\d.-])(\d{12}|\d{10})(?![\d-])")
_LINK = re.compile(r"https?://[^\s<>\"')\]]{3,2000}", re.IGNORECASE)
VALUE_LIMIT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFields:
    """What was found. `values`: the desk's own fields; the others are parts of every request."""

    values: Mapping[str, str] = field(default_factory=dict)
    priority: str | None = None
    category: str | None = None
    cause: str | None = None
    phone: str | None = None


def read_fields(text: str, policy: Policy) -> LetterFields:
    """The fields in a letter's own words (without quoted history)."""
    request = policy.request
    own = {name: rule.labels or (name,) for name, rule in request.fields.items() if _in_body(rule)}
    found = _labelled(text, {**own, **{f"\x00{k}": v for k, v in request.labels.items()}})
    values = {
        name: _typed(rule, found.get(name), text)
        for name, rule in request.fields.items()
        if _in_body(rule)
    }
    categories = {name: category.titles for name, category in policy.categories.items()}
    causes = {name: cause.titles for name, cause in policy.causes.items()}
    levels = {name: policy.priorities.titles.get(name, ()) for name in policy.priorities.levels}
    return LetterFields(
        values={name: value for name, value in values.items() if value is not None},
        priority=_coded(found.get("\x00priority"), levels),
        category=_coded(found.get("\x00category"), categories),
        cause=_coded(found.get("\x00cause"), causes),
        phone=found.get("\x00phone"),
    )


def _in_body(rule: FieldRule) -> bool:
    return "body" in rule.from_


def _labelled(text: str, labels: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """name -> value of the first line `Label: value`; an empty one takes the lines below it."""
    spelt = {label.casefold(): name for name, group in labels.items() for label in group}
    if not spelt:
        return {}
    pattern = _line_pattern(spelt)
    lines = [_split(line[:VALUE_LIMIT], pattern, spelt) for line in text.split("\n")]
    found: dict[str, str] = {}
    for index, (name, value) in enumerate(lines):
        if name is None or name in found:
            continue
        whole = value or _below(lines[index + 1 :])
        if whole:
            found[name] = whole[:VALUE_LIMIT]
    return found


def _line_pattern(spelt: Mapping[str, str]) -> re.Pattern[str]:
    """`Label: value` or `Label - value`, perhaps as a list's item or in bold."""
    labels = "|".join(re.escape(label) for label in sorted(spelt, key=len, reverse=True))
    return re.compile(
        rf"[\s*\u2022\u2013-]{{0,10}}({labels})[\s*]{{0,5}}(?:[:\uff1a]|[-\u2013\u2014=\u2116]\s)(.*)",
        re.IGNORECASE | re.DOTALL,
    )


def _split(line: str, pattern: re.Pattern[str], spelt: Mapping[str, str]) -> tuple[str | None, str]:
    """The field that the line names and the rest of it; (None, line) where it names none."""
    match = pattern.match(line.replace("\xa0", " "))
    if match is None:
        return None, line.strip()
    return spelt[match.group(1).casefold()], match.group(2).strip(" \t*\r")


def _below(lines: list[tuple[str | None, str]]) -> str:
    taken: list[str] = []
    for name, value in lines:
        if name is not None or (not value and taken):
            break
        if value:
            taken.append(value)
    return "\n".join(taken)


def _typed(rule: FieldRule, said: str | None, text: str) -> str | None:
    """The value as the rule's type wants it; an INN that no line names is found in the text."""
    if rule.type == "inn":
        digits = re.sub(r"[^\d]", "", said or "")
        return (digits or said) if said else _pattern_inn(text)
    if rule.type == "link" and said is not None:
        match = _LINK.search(said)
        return match.group().rstrip(".,;") if match else said
    if rule.type == "flag" and said is not None:
        word = re.split(r"[\s,.;!]", said.casefold().strip())[0]
        return "yes" if word in _YES else "no" if word in _NO else said
    return said


def _pattern_inn(text: str) -> str | None:
    return next((match for match in _INN.findall(text) if is_inn(match)), None)


def _coded(said: str | None, codes: Mapping[str, Iterable[str]]) -> str | None:
    """The code or title that the value is; else the value itself, for the rules to refuse."""
    if said is None:
        return None
    word = said.strip(" .!").casefold()
    for code, titles in codes.items():
        if word == code.casefold() or word in {title.casefold() for title in titles}:
            return code
    return word[:100]
