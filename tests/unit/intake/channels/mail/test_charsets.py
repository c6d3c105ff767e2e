import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.channels.mail.charsets import codec, decode

TEXT = "Здравствуйте! Принтер не печатает, ошибка номер 5."


@pytest.mark.parametrize(
    "name", ["koi8-r", "windows-1251", "utf-8", "iso-8859-5", "cp866", "KOI8-R"]
)
def test_russian_mail_is_read_in_every_charset_that_occurs_in_it(name: str) -> None:
    assert decode(TEXT.encode(name), name) == TEXT


@pytest.mark.parametrize("real", ["cp1251", "koi8-r", "utf-8"])
@pytest.mark.parametrize("declared", ["us-ascii", "unknown-8bit", "rot13", None, ""])
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
