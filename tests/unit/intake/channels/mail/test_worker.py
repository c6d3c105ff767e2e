import io

import msgspec
import pytest

from intake.channels.mail.worker import LENGTH_BYTES, Outcome, read, serve
from tests.unit.intake.channels.mail.letters import raw_letter


def test_a_letter_crosses_the_pipe_whole() -> None:
    raw = raw_letter()
    target = io.BytesIO()
    serve(io.BytesIO((len(raw).to_bytes(LENGTH_BYTES) + raw) * 2), target)
    answer = target.getvalue()[LENGTH_BYTES : len(target.getvalue()) // 2]
    assert msgspec.msgpack.decode(answer, type=Outcome) == read(raw)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "empty"),
        (
            b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + b"--b\r\n\r\nx\r\n" * 200,
            "parts",
        ),
    ],
    ids=["empty", "parts"],
)
def test_what_cannot_be_read_says_why(raw: bytes, rule: str) -> None:
    assert read(raw).unreadable == rule


def test_deep_nesting_ends_in_quarantine() -> None:
    head = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(500)
    )
    assert read(b"From: a@x.example\r\n" + head.encode()).unreadable == "depth"
