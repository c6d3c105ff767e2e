"""Letters in three languages: structure, never their exact words."""

from pathlib import Path
from typing import Any

import jinja2
import pytest

from notifier.domain import arrivals, progress
from notifier.letters.rendering import Rendered, Renderer, Wording, one_line
from notifier.letters.words import FOLDER, Words
from reglament.policy.loader import load
from reglament.wording import LOCALES, chosen_locale

RENDERER = Renderer()


def rendered(template: str, locale: str, values: dict[str, Any], zone: str) -> Rendered:
    return RENDERER.render(Wording(template=template, locale=locale, zone=zone), values)


POLICIES = Path(__file__).parents[4] / "policies"
TEMPLATES = sorted(
    path.stem for path in (FOLDER / "en").glob("*.txt") if not path.stem.startswith("_")
)
VALUES = {
    "number": "N-000001",
    "name": "Иван",
    "desk": "North",
    "text": "Restart the server.",
    "reason": "information_missing",
    "status": "accepted",
    "items": ["version", "hardware"],
    "violations": [{"rule": "field-missing", "field": "fields.inn", "detail": None}],
    "contacts": ["e-mail: north@north.example"],
    "links": ["https://north.example/faq"],
    "due_at": "2026-11-20T15:00:00+00:00",
    "previous_due_at": "2026-11-19T15:00:00+00:00",
    "until": None,
    "portal": "https://front.example/portal",
    "web_form": "https://north.example/form",
    "from_level": "L1",
    "to_level": "L2",
    "metric": "first_response",
    "step": "breached",
    "priority": "high",
    "previous": "low",
    "callback": True,
    "related": "N-000002",
    "files": ["шаги.pdf"],
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_is_whole_in_every_language(template: str, locale: str) -> None:
    letter = rendered(template, locale, VALUES, "Europe/Moscow")
    assert "N-000001" in letter.subject or template == "letter_refused"
    assert "\n" not in letter.subject
    assert len(letter.text.splitlines()) > 3
    for leftover in ("{{", "{%", "None", "Undefined", "\n\n\n"):
        assert leftover not in letter.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_letter_without_extras_stands_too(template: str) -> None:
    letter = rendered(template, "ru", {"number": "N-1", "desk": "North"}, "UTC")
    assert letter.text.strip()
    assert "None" not in letter.text


def test_every_language_has_the_same_letters_and_words() -> None:
    for locale in LOCALES:
        assert {path.name for path in (FOLDER / locale).iterdir()} == {
            path.name for path in (FOLDER / "en").iterdir()
        }
        for section, codes in Words("en")._sections.items():
            assert set(Words(locale)._sections[section]) == set(codes)


@pytest.mark.rule("WIS-06")
@pytest.mark.parametrize("locale", LOCALES)
def test_a_returned_letter_names_every_violated_rule_on_its_own_line(locale: str) -> None:
    violations = [
        {"rule": "attachment-format", "field": "attachments.0", "detail": "bmp; jpg, png"},
        {"rule": "field-missing", "field": "fields.version", "detail": None},
        {"rule": "never-heard-of", "field": "fields.inn", "detail": None},
    ]
    values = {"number": "N-1", "desk": "North", "violations": violations}
    text = rendered("returned", locale, values, "UTC").text
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert "bmp; jpg, png" in lines[0]
    assert Words(locale).say("fields", "version") in lines[1]
    assert Words(locale).say("fields", "inn") in lines[2]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("template", ["message", "resolved", "information_asked"])
def test_files_of_an_answer_are_named_with_the_way_to_them(template: str, locale: str) -> None:
    text = rendered(template, locale, VALUES, "UTC").text
    assert "\n- шаги.pdf\n" in text
    assert str(VALUES["portal"]) in text
    assert "portal" not in rendered(template, locale, {**VALUES, "files": []}, "UTC").text


def test_times_are_told_on_the_desks_wall() -> None:
    text = rendered("schedule_changed", "ru", VALUES, "Europe/Moscow").text
    assert "20.11.2026 18:00" in text


def test_the_requesters_subject_stands_behind_the_number() -> None:
    values = {**VALUES, "subject": "Printer\r\nBcc: all@x.example\u2028on fire"}
    subject = rendered("confirmation", "en", values, "UTC").subject
    assert subject == "[N-000001] Printer Bcc: all@x.example on fire"


def test_words_of_a_person_are_never_read_as_a_template() -> None:
    values = {**VALUES, "text": "{{ 7 * 7 }} {% raw %}"}
    assert "{{ 7 * 7 }} {% raw %}" in rendered("message", "en", values, "UTC").text


@pytest.mark.parametrize(
    ("own", "chosen"), [("fr-FR", "fr"), ("EN", "en"), ("de", "ru"), (None, "ru"), ("", "ru")]
)
def test_the_requesters_language_wins_where_there_are_letters_in_it(
    own: str | None, chosen: str
) -> None:
    assert chosen_locale(own, "ru") == chosen


def test_every_reason_of_every_desk_is_put_into_words() -> None:
    for path in POLICIES.glob("*.yaml"):
        reasons = load(path.read_bytes()).reasons
        for code in {*reasons.deferral, *reasons.schedule, *reasons.of_refusal}:
            for locale in LOCALES:
                assert code in Words(locale)._sections["reasons"], (path.name, code, locale)


def test_every_letter_that_the_domain_names_has_a_template() -> None:
    source = "".join(Path(str(each.__file__)).read_text() for each in (arrivals, progress))
    named = [name for name in TEMPLATES if f'"{name}"' in source]
    assert sorted(named) == TEMPLATES
    with pytest.raises(jinja2.TemplateNotFound):
        rendered("no_such", "en", VALUES, "UTC")


def test_a_long_subject_is_cut() -> None:
    assert len(one_line("word " * 100)) <= 150
