"""Reasons in the reader's language."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from reglament.calendars.reading import read_calendar
from reglament.events.registry import Actor
from sla_clock.domain import wording
from sla_clock.domain.moves import Move
from sla_clock.domain.segments import Segment
from sla_clock.domain.wording import LOCALES, Locale, text_of

ANNA = Actor(kind="engineer", id="anna")
START = datetime(2026, 11, 4, 9, tzinfo=UTC)
PLAIN = Segment(
    metric="handling",
    cycle=1,
    start=START,
    end=START,
    code="waiting",
    calendar=read_calendar(
        {
            "time_zone": "Europe/Moscow",
            "hours": {"mon-fri": ["10:00-18:00"]},
            "holidays": ["RU", "2026-11-05"],
        }
    ),
)
UNITY = replace(PLAIN, code="holiday", day=date(2026, 11, 4), name="Unity Day")
MOVED = replace(
    PLAIN,
    code="working time",
    moved=Move(
        at=START,
        cause="priority",
        was=datetime(2026, 11, 5, 15, tzinfo=UTC),
        due_at=datetime(2026, 11, 5, 7, 30, 5, tzinfo=UTC),
        by=ANNA,
    ),
)


@pytest.mark.parametrize(
    ("segment", "locale", "text"),
    [
        (UNITY, "en", "Closed on 2026-11-04: Unity Day."),
        (UNITY, "ru", "Закрыто 04.11.2026: День народного единства."),
        (UNITY, "fr", "Fermé le 04/11/2026 : Jour de l'unité nationale."),
        (replace(UNITY, day=date(2026, 11, 5)), "ru", "Закрыто 05.11.2026: праздничный день."),
        (replace(PLAIN, by=ANNA), "ru", "Пауза: ждём клиента, запросил инженер anna."),
        (PLAIN, "en", "Paused: waiting for the client, asked by not recorded."),
        (
            MOVED,
            "en",
            "Working time: it counts. From here on due 2026-11-05 10:30:05 instead of "
            "2026-11-05 18:00: the priority was changed (engineer anna).",
        ),
    ],
)
def test_a_segment_is_told_in_words(segment: Segment, locale: Locale, text: str) -> None:
    assert text_of(segment, locale) == text


@pytest.mark.parametrize("table", ["REASONS", "CAUSES", "ACTORS"])
def test_every_word_is_there_in_every_language(table: str) -> None:
    words = getattr(wording, table)
    assert {frozenset(words[locale]) for locale in LOCALES} == {frozenset(words["en"])}
    assert not [code for locale in LOCALES for code, said in words[locale].items() if not said]
