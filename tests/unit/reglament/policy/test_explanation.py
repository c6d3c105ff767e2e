"""A policy in sentences: in every language, about every key, different where it differs."""

import json
import string
from pathlib import Path
from typing import Any

import pytest

from reglament.cli.app import main
from reglament.policy.explaining.explanation import changed_keys, difference, explain
from reglament.policy.explaining.words import LOCALES, Code, Several, Span, said, words_of
from reglament.policy.loader import load
from reglament.policy.model import Policy
from tests.support.tickets import DESK, desk

ROOT = Path(__file__).parents[4]
FILES = sorted((ROOT / "policies").glob("*.yaml"))
TWO = [{"name": "L1"}, {"name": "L2"}]
PROMISE = {"metric": "handling", "within": "10 business days", "calendar": "office"}


def sentences(policy: Policy, locale: Any = "en") -> str:
    return "\n".join(each for section in explain(policy, locale) for each in section.sentences)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_desk_is_explained_in_every_language_without_a_hole(file: Path, locale: Any) -> None:
    policy = load(file.read_bytes())
    sections = explain(policy, locale)
    assert len(sections) == 9
    assert all(section.sentences for section in sections)
    text = sentences(policy, locale)
    assert not set("{}") & set(text)
    assert "  " not in text


def test_the_languages_have_the_same_sentences_with_the_same_values() -> None:
    def shape(locale: Any) -> dict[str, set[str | None]]:
        said_here = words_of(locale)["sentences"]
        return {
            name: {field for _, field, _, _ in string.Formatter().parse(pattern)} - {None}
            for name, pattern in said_here.items()
        }

    def words(locale: Any) -> dict[str, set[str]]:
        groups = words_of(locale)
        return {name: set(group) for name, group in groups.items() if name != "sentences"}

    assert shape("ru") == shape("en") == shape("fr")
    assert words("ru") == words("en") == words("fr")


@pytest.mark.parametrize(
    ("days", "ru"),
    [(1, "1 рабочий день"), (3, "3 рабочих дня"), (5, "5 рабочих дней"), (11, "11 рабочих дней")],
)
def test_numbers_take_the_right_form(days: int, ru: str) -> None:
    assert said(Span(f"{days} business days"), "ru") == ru
    assert said(Span("48h"), "en") == "48 h"
    assert said(Span("1h 30m"), "fr") == "1 h 30 min"


def test_lists_are_joined_as_people_say_them() -> None:
    assert said(Several(("a", "b", "c"), "or"), "en") == "a, b or c"
    assert said(Several((Code("channels", "web"),)), "ru") == "веб-форма"


# What a desk may say, and what a reader must find of it.
SAID: list[tuple[dict[str, Any], str]] = [
    ({"entitlement": {"needs": "contract"}}, "contract in force"),
    ({"duplicates": {"window": "24h"}}, "within 24 h"),
    ({"acceptance": {"when": "confirmed", "alert_after": "20m"}}, "after 20 min"),
    ({"closed_letter": "linked"}, "linked to it"),
    ({"departments": ["development"]}, "Departments: development"),
    ({"causes": ["outage"]}, "Causes: outage"),
    ({"reasons": {"deferral": ["release"]}}, "Putting off only for: release"),
    ({"notifications": {"limit_per_address": "3/d"}}, "3 automatic letters per day"),
    ({"request": {"subject": {"general_words": ["help"]}}}, "not just “help”"),
    ({"request": {"attachments": {"formats": ["png"]}}}, "Pictures are PNG"),
    ({"request": {"fields": {"v": {"required": True}}}}, "V must be given (text)"),
    (
        {"sla": {"targets": [PROMISE]}},
        "within 10 business days; hours that count: Monday to Friday",
    ),
    ({"sla": {"targets": [{**PROMISE, "by": "end_of_day"}]}}, "by the end of the day"),
    ({"sla": {"targets": [{**PROMISE, "priority": "low"}]}}, "where the priority is low"),
    ({"queue": {"out_of_turn": {"priority": ["low"]}}}, "Out of turn: requests of priority low"),
    ({"queue": {"out_of_turn": {"causes": ["outage"]}}}, "Out of turn: requests caused by outage"),
    (
        {"queue": {"out_of_turn": {"priority": ["low"], "causes": ["outage"]}}},
        "First of those: requests caused by outage",
    ),
    (
        {"levels": TWO, "escalation": [{"on": "breached", "metric": "update", "to": "L2"}]},
        "when the time is over, the request goes one level up, but not beyond L2",
    ),
    (
        {"escalation": [{"on": "at_risk", "metric": "handling", "step": 90}]},
        "when 90 % of the time are used up, the request goes one level up",
    ),
    (
        {"escalation": [{"on": "at_risk", "metric": "handling", "step": "-8h"}]},
        "Handling: 8 h before the due time the request goes one level up",
    ),
    ({"categories": {"net": {"titles": ["Network"]}}}, "Network (net)"),
    ({"reasons": {"refusal": ["abuse_of_all"]}}, "Refusal only for: abuse_of_all"),
    ({"request": {"labels": {"priority": ["How bad"]}}}, "priority by “How bad”"),
    ({"request": {"fields": {"v": {"labels": ["Version"]}}}}, "Version (v) may be given (text)"),
    ({"letters": {"signature": "Yours,\nNorth"}}, "signed: Yours, / North"),
    (
        {"notifications": {"limit_unproven": ["2/15m"]}},
        "2 per 15 min at most",
    ),
    ({"answers": [{"title": "A", "keywords": ["tube"]}]}, "“A” is offered to requests that say"),
    (
        {"categories": {"net": {}}, "answers": [{"title": "A", "category": "net"}]},
        "“A” is offered to requests of the category net",
    ),
    ({"acceptance": {"when": "confirmed", "after": "10m"}}, "failure report came within 10 min"),
    ({"levels": [{"name": "L1", "served": "180d"}]}, "served 180 days at least"),
]


@pytest.mark.parametrize(("keys", "sentence"), SAID, ids=lambda value: str(value)[:40])
def test_each_key_has_its_sentence(keys: dict[str, Any], sentence: str) -> None:
    assert sentence in sentences(desk(**keys))
    assert sentence not in sentences(desk())


def test_the_difference_says_what_changes_for_whom() -> None:
    before = desk(sla={"targets": [PROMISE]})
    after = desk(sla={"targets": [{**PROMISE, "within": "5 business days"}]})
    (change,) = difference(before, after, "en")
    assert change.audience == "those who ask and engineers"
    assert "10 business days" in change.gone[0]
    assert "5 business days" in change.new[0]
    assert changed_keys(before, after) == ("sla.targets",)
    assert difference(before, before, "en") == ()


def written(folder: Path, **keys: Any) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.json"
    file.write_text(json.dumps({**DESK, **keys}), encoding="utf-8")
    return file


def test_the_command_checks_and_says_line_and_meaning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "north.yaml"
    text = (ROOT / "policies" / "rusbitech.yaml").read_text(encoding="utf-8")
    wrong = text.replace("calendar: always}", "calendar: allways}").replace("locale:", "lokale:")
    file.write_text(wrong.replace("order: fifo", "order: fivo"), encoding="utf-8")
    assert main(["policy", "check", str(file)]) == 1
    said_now = capsys.readouterr().out
    assert "meant 'locale'?" in said_now
    assert "meant 'fifo'?" in said_now
    line = 1 + next(i for i, each in enumerate(wrong.splitlines()) if "lokale" in each)
    assert f"line {line}" in said_now
    file.write_text(text.replace("calendar: always}", "calendar: allways}"), encoding="utf-8")
    assert main(["policy", "check", str(file)]) == 1
    assert "meant 'always'?" in capsys.readouterr().out
    file.write_text(text, encoding="utf-8")
    assert main(["policy", "check", str(file)]) == 0


def test_the_command_explains_and_compares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = written(tmp_path), written(tmp_path, duplicates={"window": "24h"})
    assert main(["policy", "explain", str(before), "--locale", "fr"]) == 0
    assert "Tout le monde peut demander." in capsys.readouterr().out
    assert main(["policy", "diff", str(before), str(after), "--locale", "ru"]) == 1
    assert "+ То же обращение" in capsys.readouterr().out
    assert main(["policy", "diff", str(before), str(before)]) == 0
    assert main(["policy", "explain", str(tmp_path / "nowhere.yaml")]) == 3
    assert "cannot be read" in capsys.readouterr().err
