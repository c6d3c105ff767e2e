import base64
import time

import pytest

from intake.channels.mail.parse import parse
from intake.domain.facts import TEXT_LIMIT
from tests.support.crowding import crowding
from tests.unit.intake.channels.mail.letters import letter, raw_letter

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def mixed(*parts: str) -> tuple[str, dict[str, str | None]]:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return body, {"Content-Type": 'multipart/mixed; boundary="b"'}


def test_a_plain_letter_is_read() -> None:
    found = letter(
        "Строка 1\r\n> старое\r\n".encode("koi8-r"), {"Content-Type": "text/plain; charset=koi8-r"}
    )
    assert (found.sender, found.sender_name) == ("ann@customer.example", "Ann Ey")
    assert (found.message_id, found.subject) == ("<one@customer.example>", "Printer")
    assert (found.text, found.fresh) == ("Строка 1\n> старое", "Строка 1")


def test_a_file_is_known_by_its_content_and_its_name_is_only_a_name() -> None:
    image = base64.b64encode(PNG).decode()
    found = letter(
        *mixed(
            "Content-Type: text/plain\r\n\r\nsee file",
            'Content-Type: image/jpeg; name="../../etc/\u202excod.exe"\r\n'
            f"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n{image}",
        )
    )
    (file,) = found.attachments
    assert (file.format, file.size, file.content) == ("png", len(PNG), PNG)
    assert file.name == "xcod.exe"


def test_html_is_made_safe_and_readable() -> None:
    markup = "<p onclick=x()>One<br>two</p><script>evil()</script><img src=http://t.example/p.gif>"
    found = letter(markup, {"Content-Type": "text/html"})
    assert found.text == "One\ntwo"
    assert found.html is not None
    assert not any(word in found.html for word in ("script", "onclick", "img", "evil"))


def test_plain_text_comes_before_html() -> None:
    body, headers = mixed(
        "Content-Type: text/html\r\n\r\n<b>bold</b>", "Content-Type: text/plain\r\n\r\nplain"
    )
    assert letter(body, headers).text == "plain"


def test_a_second_copy_by_another_path_has_the_same_digest() -> None:
    first, second = letter(), letter(headers={"Received": "by another.example"})
    assert first.digest == second.digest


def test_a_second_copy_whose_head_was_folded_on_the_way_has_the_same_digest() -> None:
    whole, folded = "The printer on the second floor", "The printer\r\n on the second\r\n\tfloor"
    first, second = (letter(headers={"Subject": subject}) for subject in (whole, folded))
    assert first.digest == second.digest


def test_the_same_message_id_over_another_text_is_another_letter() -> None:
    assert letter("one").digest != letter("two").digest


def test_nothing_outside_is_fetched() -> None:
    kind = 'message/external-body; access-type=URL; URL="http://127.0.0.1:9/x"'
    (file,) = letter("Content-Type: text/plain\r\n\r\n", {"Content-Type": kind}).attachments
    assert (file.size, file.format) == (0, "empty")


def test_a_forwarded_letter_with_raw_bytes_in_a_broken_multipart_is_kept() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=none\r\n\r\n\xcf\xf0\xe8\xe2\xe5\xf2"
    (file,) = letter(inner, {"Content-Type": "message/rfc822"}).attachments
    assert file.size > 0


def test_nul_in_a_charset_does_no_harm() -> None:
    found = letter(b"\xcf\xf0\xe8\xe2\xe5\xf2", {"Content-Type": "text/plain; charset=a\x00b"})
    assert found.text == "Привет"


def test_an_encoded_file_name_beside_raw_bytes_is_read_or_left() -> None:
    head = {"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=x"}
    raw = raw_letter("x", head).replace(b"filename*=x", b"filename*=utf-8''a\xe2\x80\xa1%41.pdf")
    (file,) = parse(raw).attachments
    assert file.name.endswith(".pdf")


def test_no_text_is_longer_than_the_events_bear() -> None:
    found = letter("слово " * 2_000_000, {"Content-Type": "text/plain; charset=utf-8"})
    assert len(found.fresh) <= TEXT_LIMIT
    assert found.fresh.endswith("…")
    assert len(found.text) > TEXT_LIMIT


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 60_000 + "word",
        "<p>word " * 60_000,
        "<b><div>word" * 30_000,
        "&nbsp;word" * 90_000,
    ],
    ids=["div", "p", "b-div", "entity"],
)
def test_no_markup_takes_longer_than_its_length_tells(markup: str) -> None:
    started = time.perf_counter()
    found = letter(markup, {"Content-Type": "text/html"})
    assert time.perf_counter() - started < 4 * crowding()
    assert found.text.startswith("word")


def test_markup_with_pictures_in_it_is_shown_without_them() -> None:
    picture = f'<img src="data:image/png;base64,{"A" * 3_000_000}">'
    found = letter(f"<p>One</p>{picture}<p>Two</p>", {"Content-Type": "text/html"})
    assert found.text == "One\n\nTwo"


def test_the_cells_of_a_table_stand_apart() -> None:
    markup = "<table><tr><td>INN</td><td>7707083893</td></tr><tr><td>Version</td><td>5</td></tr>"
    assert letter(markup, {"Content-Type": "text/html"}).text == "INN 7707083893\n\nVersion 5"


@pytest.mark.parametrize("encoding", ["base64 ", "Base64 (of RFC 2045)", "base64; x=y", "BASE64\t"])
def test_a_transfer_encoding_is_known_by_its_name(encoding: str) -> None:
    body = base64.b64encode(b"The printer burns")
    assert letter(body, {"Content-Transfer-Encoding": encoding}).text == "The printer burns"


def test_a_body_that_has_a_name_is_read_and_kept_as_a_file() -> None:
    found = letter("The printer burns", {"Content-Type": "text/plain; name=message.txt"})
    assert found.text == "The printer burns"
    assert [file.name for file in found.attachments] == ["message.txt"]


def test_a_letter_that_is_passed_on_as_a_file_stays_as_it_is() -> None:
    inner = f"Subject:  {'long ' * 40}\n\tfolded\nX-Raw: \u0416\n\nThe printer burns\n"
    (file,) = letter(inner, {"Content-Type": "message/rfc822"}).attachments
    assert file.content.decode() == inner.replace(":  ", ": ")


def test_many_headers_in_a_letter_that_is_passed_on_take_no_long_time() -> None:
    started = time.perf_counter()
    letter("X: a b c d\n" * 200_000 + "\nx", {"Content-Type": "message/rfc822"})
    assert time.perf_counter() - started < 4 * crowding()
