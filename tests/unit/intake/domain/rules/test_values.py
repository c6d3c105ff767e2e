"""Well-formed values."""

import pytest

from intake.domain.rules import values


@pytest.mark.rule("WIS-08")
@pytest.mark.parametrize("inn", ["7707083893", "7830002293", "500100732259", "526317984689"])
def test_an_inn_with_right_check_digits_is_one(inn: str) -> None:
    assert values.is_inn(inn)


@pytest.mark.parametrize(
    "inn",
    ["7707083894", "500100732258", "500100732269", "770708389", "77O7083893", "", "٧٧٠٧٠٨٣٨٩٣"],
)
def test_anything_else_is_no_inn(inn: str) -> None:
    assert not values.is_inn(inn)


@pytest.mark.rule("MIC-11")
def test_a_link_has_a_scheme_and_a_host() -> None:
    assert values.is_link("https://docs.example/a?b=c")
    for wrong in ("docs.example", "javascript:alert(1)", "https://", "http://a b", "http://[::1"):
        assert not values.is_link(wrong)


@pytest.mark.rule("EIL-10")
def test_phones_and_addresses_are_told_from_other_texts() -> None:
    for phone in ("+7 499 000 00 01", "8 (495) 123-45-67", "+33 1 23 45 67 89", "112 доб. 5067"):
        assert values.is_phone(phone), phone
    for wrong in ("call me", "123", "+7 499 000 00 01 or so"):
        assert not values.is_phone(wrong), wrong
    assert values.is_email("ann@example.org")
    assert not values.is_email("ann@")


def test_flags_are_read_in_the_desks_languages() -> None:
    assert values.flag("Да")
    assert values.flag("oui")
    assert not values.flag("нет")
    assert values.is_well_formed("flag", "нет")
    assert not values.is_well_formed("flag", "perhaps")
    assert values.text(True) == "yes"
