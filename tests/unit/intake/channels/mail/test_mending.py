import pytest

from intake.channels.mail.mending import mended
from intake.channels.mail.parse import parse
from tests.unit.intake.channels.mail.letters import letter, raw_letter


@pytest.mark.parametrize(
    ("sound", "wounded"),
    [
        (b"From:", b"\xef\xbb\xbfFrom:"),
        (b"From:", b">From mx Mon Mar  2 10:00:00 2026\r\nFrom:"),
        (b"From: ", b"From \t: "),
        (b"Subject: ", b"Subject : "),
    ],
    ids=["mark", "mbox", "spaced-from", "spaced"],
)
@pytest.mark.parametrize("above", [b"", b"Return-Path: <ann@customer.example>\r\n"])
def test_a_wound_in_the_head_hides_nothing_of_it(
    sound: bytes, wounded: bytes, above: bytes
) -> None:
    whole = raw_letter()
    found = parse(above + whole.replace(sound, wounded, 1))
    expected = parse(above + whole)
    assert found == expected


def test_the_body_stays_as_it_is() -> None:
    raw = raw_letter("Subject : a\r\n>From me\r\n\ufeffX: y\r\n")
    assert mended(raw) is raw
    assert mended(b"\xef\xbb\xbf" + raw) == raw


@pytest.mark.parametrize("kind", ["text/plain; charset", "multipart/mixed; boundary"])
def test_parameters_at_odds_with_one_another_are_none(kind: str) -> None:
    name = kind.rpartition(" ")[2]
    odd = f"{kind}*0*=x; {name}*0=y; {name}*=z"
    assert letter("The printer burns", {"Content-Type": odd}).text == "The printer burns"


def test_a_file_of_no_readable_name_is_kept() -> None:
    odd = "attachment; filename*0*=x; filename*0=y; filename*=z"
    (file,) = letter("x", {"Content-Type": "image/png", "Content-Disposition": odd}).attachments
    assert (file.name, file.content) == ("", b"x")
