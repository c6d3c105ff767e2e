"""A policy in plain sentences, for a support manager to read what the file does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reglament.policy.explaining import asking, promising
from reglament.policy.explaining.words import Clause, Locale, sentence, words_of
from reglament.policy.model import Policy

_SECTIONS: Mapping[str, Callable[[Policy], Iterator[Clause]]] = {
    "desk": asking.desk,
    "channels": asking.channels,
    "who": asking.who,
    "request": asking.request,
    "acceptance": asking.acceptance,
    "clocks": promising.clocks,
    "work": promising.work,
    "reasons": promising.reasons,
    "letters": promising.letters,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with its sentences. audience: whom it concerns."""

    id: str
    title: str
    audience: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What of a section a new version no longer says, and says newly."""

    title: str
    audience: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def explain(policy: Policy, locale: Locale) -> tuple[Section, ...]:
    """The desk's rules, section by section, in the language."""
    titles, audiences = words_of(locale)["titles"], words_of(locale)["audiences"]
    return tuple(
        Section(
            id=name,
            title=titles[name],
            audience=audiences[name],
            sentences=tuple(
                dict.fromkeys(_tidy(sentence(c.id, c.values, locale)) for c in clauses(policy))
            ),
        )
        for name, clauses in _SECTIONS.items()
    )


def difference(before: Policy, after: Policy, locale: Locale) -> tuple[Change, ...]:
    """What changes, and for whom: sections that say something else than before."""
    pairs = zip(explain(before, locale), explain(after, locale), strict=True)
    changes = (
        Change(
            title=now.title,
            audience=now.audience,
            gone=tuple(each for each in was.sentences if each not in now.sentences),
            new=tuple(each for each in now.sentences if each not in was.sentences),
        )
        for was, now in pairs
    )
    return tuple(change for change in changes if change.gone or change.new)


def changed_keys(before: Policy, after: Policy) -> tuple[str, ...]:
    """Every key whose value is another, by its path: also those that no sentence is about."""
    was, now = _flat(before), _flat(after)
    return tuple(sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key)))


def _flat(policy: Policy) -> dict[str, Any]:
    flat: dict[str, Any] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, each in value.items():
                walk(f"{path}.{key}" if path else str(key), each)
        else:
            flat[path] = value

    walk("", policy.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    return flat


def _tidy(text: str) -> str:
    """One space between words, and a capital at the beginning."""
    said = " ".join(text.split()).replace(" ,", ",").replace(" .", ".")
    return said[:1].upper() + said[1:]
