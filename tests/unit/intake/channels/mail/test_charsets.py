import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.channels.mail.charsets import codec, decode

TEXT = "Здравствуйте! Принтер не печатает, ошибка номер 5."


@pytest.mark.parametrize(
    "name",
    [
        *("koi8-r", "windows-1251", "utf-8", "iso-8859-5", "cp866", "KOI8-R", "koi8-u"),
        *("x-mac-cyrillic", "utf-7", "utf-16", "ibm866", "cp1251"),
    ],
)
def test_russian_mail_is_read_in_every_charset_that_occurs_in_it(name: str) -> None:
    assert decode(TEXT.encode(name.removeprefix("x-")), name) == TEXT


@pytest.mark.parametrize("real", ["cp1251", "koi8-r", "utf-8", "cp866", "iso8859-5"])
@pytest.mark.parametrize(
    "declared",
    [
        "us-ascii",
        "unknown-8bit",
        "rot13",
        None,
        "",
        "iso-8859-1",
        "windows-1252",
        "koi8-r",
        "cp1251",
    ],
)
def test_a_lie_about_the_charset_is_seen_through(real: str, declared: str | None) -> None:
    assert decode(TEXT.encode(real), declared) == TEXT


@pytest.mark.parametrize(
    "name", ["rot13", "zlib", "idna", "punycode", "unicode_escape", "base64", "x" * 99]
)
def test_a_codec_that_is_no_charset_is_never_run(name: str) -> None:
    assert codec(name) is None
    assert decode(b"uryyb \\u0041", name) == "uryyb \\u0041"


@given(data=st.binary(max_size=300), declared=st.text(max_size=20))
def test_no_bytes_and_no_declaration_raise(data: bytes, declared: str) -> None:
    assert isinstance(decode(data, declared), str)


def test_utf_8_cut_in_the_middle_of_a_letter_is_still_utf_8() -> None:
    assert decode(TEXT.encode()[:-30] + b"\xd1", None).startswith(TEXT[:20])


@pytest.mark.parametrize("name", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("text", [TEXT.upper(), TEXT.title(), "ОШИБКА ПРИ ЗАПУСКЕ ПРОГРАММЫ"])
def test_capitals_are_no_lie(name: str, text: str) -> None:
    assert decode(text.encode(name), name) == text
    assert decode(text.encode(name), None) == text


@pytest.mark.parametrize("name", ["iso-8859-1", "windows-1252"])
@pytest.mark.parametrize(
    "text",
    [
        "L'état de la requête a été modifié à cause d'un problème déjà réglé.",
        "Ärger über größere Übertragungsfehler, öfter als früher möglich.",
        "ÉTÉ À LA MÉDITERRANÉE",
    ],
)
def test_french_and_german_are_no_russian(name: str, text: str) -> None:
    assert decode(text.encode(name), name) == text
    assert decode(text.encode(name), None) == text


def test_a_word_or_two_stay_in_the_charset_that_they_name() -> None:
    assert decode("Привет".encode("koi8-r"), "koi8-r") == "Привет"
    assert decode("Привет".encode("cp1251"), "cp1251") == "Привет"
