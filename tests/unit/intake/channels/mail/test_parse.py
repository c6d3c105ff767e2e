import base64

from intake.channels.mail.parse import parse
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
