import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.channels.mail.headers import bare, body_text, decoded, message_ids, one_line
from tests.support.crowding import crowding


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?koi8-r?B?8NLJztTF0g==?=", "Принтер"),
        ("=?UTF-8?Q?=D0=9F=D1=80?= =?UTF-8?Q?=D0=B8?=", "При"),
        ("=?UTF-8?B?0J8=?=\r\n =?UTF-8?B?0YA=?= printer", "Пр printer"),
        ("Re: =?windows-1251?q?=CF=F0?= end", "Re: Пр end"),
        ("=?utf-8?B?0A==?= =?utf-8?B?nw==?=", "П"),
        ("=?rot13?q?uryyb?=", "uryyb"),
        ("=?utf-8?Q?unterminated", "=?utf-8?Q?unterminated"),
        ("plain", "plain"),
        ("=?utf-8?Q?What?_now??=", "What? now?"),
        ("=?utf-8?Q?broken =?utf-8?Q?whole?=", "=?utf-8?Q?broken whole"),
    ],
)
def test_words_are_decoded(value: str, text: str) -> None:
    assert decoded(value) == text


def test_raw_bytes_in_a_header_are_read() -> None:
    raw = "Принтер сломан".encode("cp1251").decode("ascii", "surrogateescape")
    assert decoded(raw) == "Принтер сломан"


@given(st.text(max_size=300))
def test_no_header_opens_a_second_one(value: str) -> None:
    for text in (decoded(value), one_line(value)):
        assert len(text.splitlines()) <= 1
        text.encode()


def test_an_encoded_line_end_becomes_a_space() -> None:
    assert decoded("=?utf-8?q?Hi=0D=0ABcc:_a@x.example?=") == "Hi Bcc: a@x.example"


def test_thousands_of_unterminated_words_cost_no_time() -> None:
    started = time.perf_counter()
    decoded("=?utf-8?q?" * 20_000)
    assert time.perf_counter() - started < crowding()


def test_message_ids_keep_their_brackets_and_their_number_is_bounded() -> None:
    assert message_ids("<a@x> junk <b@y>\r\n\t<c@z>") == ("<a@x>", "<b@y>", "<c@z>")
    many = message_ids("".join(f"<{n}@x>" for n in range(500)))
    assert (len(many), many[0], many[-1]) == (100, "<0@x>", "<499@x>")


def test_a_message_id_that_somebody_made_encoded_words_of_is_read() -> None:
    folded = "<a@x>\r\n =?utf-8?q?=3C01a2058f=2Econfir?=\r\n =?utf-8?q?mation=40b=3E_=3Cc=40d=3E?="
    assert message_ids(folded) == ("<a@x>", "<01a2058f.confirmation@b>", "<c@d>")


def test_a_body_keeps_its_lines_and_loses_its_controls() -> None:
    assert body_text("a\r\nb\rc\x00\x1b[31md\u2028e\ud800") == "a\nb\nc[31md\ne"


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b>\r\n\t<c@d>", ("<a@b>", "<c@d>")),
        ("<a@\r\n b>", ("<a@b>",)),
        ("a@b", ("<a@b>",)),
        ("<a c@b>", ("<a c@b>",)),
        ("your letter <a@b> of Monday from c@d", ("<a@b>",)),
        ("<>", ()),
        ("none", ()),
    ],
)
def test_message_ids_are_read_as_programs_write_them(value: str, ids: tuple[str, ...]) -> None:
    assert message_ids(value) == ids


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a (b (c) d) e", "a e"),
        ('a="b; c" d', "a= d"),
        ('(" ) a (")', "a"),
        (r"(\) a) b", "b"),
        ("a (never ends", "a"),
    ],
)
def test_comments_and_quotations_are_no_part_of_a_value(value: str, text: str) -> None:
    assert " ".join(bare(value).split()) == text
