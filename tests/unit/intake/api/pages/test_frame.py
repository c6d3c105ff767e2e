"""What pages say: the same in every language, and of every event."""

import re

import pytest

from intake.api.pages.frame import words_of
from reglament.events.registry import all_types
from reglament.events.topics import TICKET_TOPICS
from reglament.wording import LOCALES


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_the_same_things(locale: str) -> None:
    sections, english = words_of(locale).sections, words_of("en").sections
    assert sections.keys() == english.keys()
    for section, codes in english.items():
        assert sections[section].keys() == codes.keys(), section
        for code, text in codes.items():
            values = re.findall(r"\{\w+\}", text)
            assert re.findall(r"\{\w+\}", sections[section][code]) == values, (section, code)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_event_of_a_ticket_has_words(locale: str) -> None:
    events = words_of(locale).sections["events"]
    assert {entry.name for entry in all_types() if entry.topic in TICKET_TOPICS} <= events.keys()
