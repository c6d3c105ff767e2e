import pytest

from reglament.mail.subjects import find_numbers, strip_prefixes

TEMPLATE = "REM-{sequence:06d}"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Принтер",
        "RE: FW: Принтер",
        "Ответ: Отв: Принтер",
        "AW: WG: Принтер",
        "VS: Принтер",
        "答复: Принтер",
        "回复\uff1a Принтер",
        "Re[2]: Принтер",
        "Re(3): Fwd : Принтер",
        "Пересл: Принтер",
        "TR: Принтер",
        "SV: Принтер",
        "  re:re:re: Принтер ",
    ],
)
def test_the_marks_of_any_client_are_stripped(subject: str) -> None:
    assert strip_prefixes(subject) == "Принтер"


@pytest.mark.parametrize("subject", ["SAP: error", "Reset: how", "Ответ на вопрос", "", "Re"])
def test_words_that_are_no_mark_stay(subject: str) -> None:
    assert strip_prefixes(subject) == subject


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [REM-000042] printer",
        "Vá: rem-000042",
        "неизвестный префикс: (REM-000042): ещё",
        "REM-000042",
    ],
)
def test_the_number_is_found_behind_any_prefix(subject: str) -> None:
    assert find_numbers(TEMPLATE, subject) == ("REM-000042",)


@pytest.mark.parametrize(
    "subject",
    [
        "REM-42",
        "XREM-000042",
        "REM-000042x",
        "REM-000042-1",
        "REM000042",
        "REM-\uff10\uff10\uff10\uff10\uff14\uff12",
    ],
)
def test_what_only_resembles_a_number_is_none(subject: str) -> None:
    assert find_numbers(TEMPLATE, subject) == ()


def test_numbers_grow_beyond_their_width_and_every_one_is_found_once() -> None:
    found = find_numbers(TEMPLATE, "REM-1234567 and rem-000001, REM-000001")
    assert found == ("REM-1234567", "REM-000001")


def test_a_template_without_a_sequence_is_a_fault() -> None:
    with pytest.raises(ValueError, match="sequence"):
        find_numbers("REM", "REM")


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2012\u2013\u2212")
def test_a_hyphen_that_an_editor_made_another_is_one(hyphen: str) -> None:
    assert find_numbers("REM-{sequence:06d}", f"Re: [REM{hyphen}000042]") == ("REM-000042",)


@pytest.mark.parametrize(
    "number", ["REM-00004\uff12", "R\u0415M-000042", "REM-00004\u0662", "REM-42"]
)
def test_what_only_looks_like_a_number_is_none(number: str) -> None:
    assert find_numbers("REM-{sequence:06d}", f"Re: [{number}]") == ()
