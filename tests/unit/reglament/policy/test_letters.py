"""A desk's own letters are checked whole before they are published."""

from typing import Any

import pytest

from reglament.policy.letters import Letters, in_language, letter_faults


def faults(template: str, subject: str, text: str) -> list[tuple[str, str | None, str | None]]:
    document: dict[str, Any] = {"templates": {template: {"ru": {"subject": subject, "text": text}}}}
    return [
        (fault.rule, (fault.field or "").removeprefix("letters.templates."), fault.detail)
        for fault in letter_faults(Letters.model_validate(document))
    ]


def test_a_letter_in_the_desks_own_words_is_taken() -> None:
    assert faults("confirmation", "[{number}] {subject}", "{greeting}\n\nOK\n\n{closing}") == []


def test_a_placeholder_that_no_such_letter_has_is_an_error() -> None:
    assert faults("confirmation", "{number}", "{violations} {sallary}") == [
        ("placeholder-unknown", "confirmation.ru", "sallary"),
        ("placeholder-unknown", "confirmation.ru", "violations"),
    ]


@pytest.mark.rule("WIS-04")
def test_the_number_stands_in_every_subject() -> None:
    assert faults("closed", "Closed", "It is closed.") == [
        ("placeholder-missing", "closed.ru.subject", "number")
    ]
    assert faults("letter_refused", "Sorry", "{violations}") == []


@pytest.mark.rule("WIS-06")
def test_a_letter_says_what_it_is_there_to_say() -> None:
    assert faults("returned", "{number}", "Something is missing.") == [
        ("placeholder-missing", "returned.ru.text", "violations")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{number.__class__}",
        "{number!r}",
        "{number:>1000000}",
        "{0}",
        "{}",
        "{number",
        "}",
        "{a[0]}",
    ],
)
def test_only_plain_names_stand_between_braces(text: str) -> None:
    ((rule, field, _),) = faults("closed", "{number}", text)
    assert (rule, field) == ("placeholder-malformed", "closed.ru")


def test_a_text_by_language_falls_back_to_the_desks() -> None:
    assert in_language("Team", "fr", "ru") == "Team"
    assert in_language({"ru": "Отдел", "en": "Team"}, "en", "ru") == "Team"
    assert in_language({"ru": "Отдел", "en": "Team"}, "fr", "ru") == "Отдел"
    assert in_language(None, "fr", "ru") is None
