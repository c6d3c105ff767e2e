"""Builders of raw letters for the tests of this folder."""

from collections.abc import Mapping

from intake.channels.mail.letter import ParsedLetter
from intake.channels.mail.parse import parse

HEADERS = {
    "From": '"Ann Ey" <ann@customer.example>',
    "To": "support@desk.example",
    "Date": "Mon, 2 Mar 2026 10:00:00 +0000",
    "Subject": "Printer",
    "Message-ID": "<one@customer.example>",
}


def raw_letter(
    body: bytes | str = "The printer is on fire.", headers: Mapping[str, str | None] | None = None
) -> bytes:
    """A letter with CRLF line ends; a header given as None is left out."""
    whole = {**HEADERS, **(headers or {})}
    lines = [f"{name}: {value}" for name, value in whole.items() if value is not None]
    data = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def letter(
    body: bytes | str = "The printer is on fire.", headers: Mapping[str, str | None] | None = None
) -> ParsedLetter:
    """The same, read."""
    return parse(raw_letter(body, headers))
