import base64
from datetime import UTC, datetime

import pytest

from intake.channels.mail.classify import Verdict
from intake.channels.mail.requests import as_incoming, as_information, locale_of, uploads
from tests.unit.intake.channels.mail.letters import letter
from tests.unit.intake.channels.mail.test_fields import POLICY

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
VERDICT = Verdict(kind="request", rule="request", may_answer=True, authenticated=True)
BODY = "ИНН: 7707083893\nВерсия: 5\nПриоритет: высокий\n\nOn Mon, Desk wrote:\n> Версия: 4"
FILE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 20).decode()


def test_a_letter_says_who_what_and_when() -> None:
    found = as_incoming(
        letter(BODY, {"Subject": "Re: Printer"}), VERDICT, POLICY, AT, "some-ticket"
    )
    assert (found.channel, found.at, found.subject) == ("email", AT, "Printer")
    assert (found.sender.email, found.sender.name) == ("ann@customer.example", "Ann Ey")
    assert found.sender.authenticated is True
    assert found.fields == {"inn": "7707083893", "version": "5"}
    assert (found.priority, found.maybe_related) == ("high", "some-ticket")
    assert ">" not in found.description


def test_a_reply_says_only_what_it_adds() -> None:
    found = as_information(letter("Версия: 6", {"Subject": "Re:"}), POLICY, AT)
    assert (found.fields, found.subject, found.body) == ({"version": "6"}, None, "Версия: 6")


def test_the_same_file_twice_is_one() -> None:
    part = f"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{FILE}\r\n"
    twice = letter(part * 2 + "--b--", {"Content-Type": "multipart/mixed; boundary=b"})
    (file,) = uploads(twice)
    assert file.format == "png"


@pytest.mark.parametrize(
    ("body", "header", "locale"),
    [
        ("Принтер не печатает", None, "ru"),
        ("The printer is on fire", None, None),
        ("Принтер", "fr-FR, en", "fr"),
        ("Der Drucker brennt", "de", None),
    ],
)
def test_the_language_is_what_the_letter_says_or_its_script(
    body: str, header: str | None, locale: str | None
) -> None:
    assert locale_of(letter(body, {"Content-Language": header})) == locale
