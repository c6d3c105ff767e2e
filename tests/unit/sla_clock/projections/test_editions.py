"""By which holidays a ticket began: those that were known when it was recorded."""

from datetime import UTC, datetime

from reglament.calendars.holidays import editions, newest_edition
from sla_clock.projections.editions import BEGINNING, EditionBook

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLIER, LATER = NOON.replace(hour=11), NOON.replace(hour=13)


def test_where_nothing_was_adopted_all_began_by_the_newest() -> None:
    held = dict(EditionBook().at(NOON))
    assert held == {region: newest_edition(region) for region in editions()}


def test_a_region_is_by_its_first_edition_until_the_next_is_adopted() -> None:
    book = EditionBook([(NOON, "RU", 7), (BEGINNING, "RU", 5), (BEGINNING, "FR", 3)])
    assert dict(book.at(EARLIER))["RU"] == 5
    assert dict(book.at(NOON))["RU"] == 7
    assert dict(book.at(LATER)) == dict(book.at(NOON))
    assert dict(book.at(LATER))["FR"] == 3


def test_regions_are_adopted_apart_from_each_other() -> None:
    rows = [(BEGINNING, "RU", 1), (BEGINNING, "FR", 1), (EARLIER, "RU", 2), (LATER, "FR", 2)]
    found = [dict(EditionBook(rows).at(moment)) for moment in (BEGINNING, NOON, LATER)]
    assert [(one["RU"], one["FR"]) for one in found] == [(1, 1), (2, 1), (2, 2)]
