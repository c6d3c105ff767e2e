import pytest

from intake.channels.mail.limits import (
    ADDRESS_LIMIT,
    HEADER_BLOCK_LIMIT,
    HEADER_LIMIT,
    SIZE_LIMIT,
    Unreadable,
    check,
)

HEAD = b"From: a@x.example\r\nTo: b@x.example\r\n"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (HEAD + b"\r\n" + b"x" * SIZE_LIMIT, "too-large"),
        (b"X: " + b"y" * (HEADER_BLOCK_LIMIT + 10), "header-block"),
        (HEAD + b"X: y\r\n" * HEADER_LIMIT + b"\r\n", "headers"),
        (b"Cc: a@x.example" + b",\r\n a@x.example" * ADDRESS_LIMIT + b"\r\n\r\n", "addresses"),
        (b"From: a@x.example\r\nSubject: tru", "truncated"),
        (b"From: a@x.example\r\nSubject: tru\r\n", "truncated"),
    ],
    ids=["empty", "blank", "size", "block", "headers", "addresses", "cut", "cut-at-a-line"],
)
def test_a_letter_beyond_a_limit_is_never_parsed(raw: bytes, rule: str) -> None:
    with pytest.raises(Unreadable, match=rule):
        check(raw)


def test_a_body_may_look_like_a_thousand_headers() -> None:
    check(HEAD + b"\r\n" + b"X: y\r\n" * 2 * HEADER_LIMIT)
