"""What goes out on the wire."""

import random
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.letters.message import Addressed, build
from notifier.letters.rendering import Rendered, one_line
from reglament.mail.addresses import AddressError
from reglament.testing import AT

RENDERED = Rendered(subject="[N-1] Принтер", text="Здравствуйте!\n", html="<p>Здравствуйте!</p>\n")

STRINGS = 100_000


def addressed(**more: Any) -> Addressed:
    said: dict[str, Any] = {
        "sender": "support@north.example",
        "sender_name": "Север",
        "recipient": "ivan@client.example",
        "recipient_name": "Иван",
        "message_id": "<t.e.s@north.example>",
        "at": AT,
    }
    return Addressed(**{**said, **more})


def parsed(message: EmailMessage) -> EmailMessage:
    again = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert isinstance(again, EmailMessage)
    return again


def test_a_letter_says_who_writes_to_whom_and_that_it_is_automatic() -> None:
    letter = parsed(build(addressed(automatic="auto-replied"), RENDERED))
    assert str(letter["From"]) == "Север <support@north.example>"
    assert str(letter["To"]) == "Иван <ivan@client.example>"
    assert letter["Subject"] == "[N-1] Принтер"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["Message-ID"] == "<t.e.s@north.example>"
    plain, markup = letter.iter_parts()
    assert plain.get_content().splitlines() == ["Здравствуйте!"]
    assert markup.get_content_type() == "text/html"
    assert letter.get_content_type() == "multipart/alternative"


def test_an_engineers_own_words_are_not_automatic() -> None:
    assert build(addressed(), RENDERED)["Auto-Submitted"] is None


def test_an_answer_stands_in_its_thread() -> None:
    letter = build(addressed(answers="<b@c>", references=("<a@c>", "<b@c>")), RENDERED)
    assert letter["In-Reply-To"] == "<b@c>"
    assert letter["References"] == "<a@c> <b@c>"
    assert str(letter["Subject"]).startswith("Re: [N-1]")


def test_a_long_message_id_stands_on_the_wire_as_it_is() -> None:
    theirs = f"<{'DB9PR08MB6666' * 4}@DB9PR08MB6666.eurprd08.prod.outlook.example>"
    ours = f"<{'t' * 36}.{'e' * 49}.{'s' * 32}@north.example>"
    wire = build(addressed(answers=theirs, references=(ours, theirs)), RENDERED).as_bytes()
    assert f"\r\nIn-Reply-To: {theirs}\r\n".encode() in wire
    assert f"\r\nReferences: {ours}\r\n {theirs}\r\n".encode() in wire


@settings(max_examples=200)
@given(text=st.text(max_size=200))
def test_no_text_adds_a_header(text: str) -> None:
    plain = build(addressed(answers="<b@c>", references=("<b@c>",)), RENDERED)
    evil = build(
        addressed(recipient_name=text, sender_name=text, answers=text, references=(text,)),
        Rendered(subject=" ".join(text.split()), text="x\n", html="<p>x</p>"),
    )
    assert set(evil.keys()) <= {*plain.keys()}
    head = evil.as_bytes().partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert len(names) == len(set(names)) == len(evil.keys())


def _vandal(rng: random.Random) -> str:
    """A text of what has opened headers before: line ends of every alphabet, colons, words."""
    pieces = (
        "\r\n",
        "\n",
        "\r",
        "\u2028",
        "\x85",
        "\x0b",
        "\x00",
        "Bcc: a@b.example",
        ":",
        " ",
        "я",
    )
    more = ("=?utf-8?q?=0D=0ABcc:_a?=", "\r\n ", "<", ">", '"', "\\", ",", "\ud800", "x" * 99)
    return "".join(rng.choice((*pieces, *more)) for _ in range(rng.randrange(1, 9)))


def test_a_hundred_thousand_strings_open_no_header() -> None:
    """Reliability c8. A letter takes a hundred at once: in its subject, names and thread."""
    rng = random.Random(8)  # noqa: S311 - a repeatable vandal
    expected = build(addressed(answers="<b@c>", references=("<b@c>",)), RENDERED).keys()
    for _ in range(STRINGS // 100):
        names = [" ".join(_vandal(rng) for _ in range(3)) for _ in range(3)]
        answers, *references = (_vandal(rng) for _ in range(91))
        letter = build(
            addressed(
                sender_name=names[0],
                recipient_name=names[1],
                answers=answers,
                references=tuple(references),
            ),
            Rendered(subject=one_line(names[2]), text="x\n", html="<p>x</p>"),
        )
        head = letter.as_bytes().partition(b"\r\n\r\n")[0]
        said = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert [name.decode() for name in said] == expected


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(AddressError):
        build(addressed(recipient="a@b.example\r\nBcc: c@d.example"), RENDERED)
