"""What is measured on the raw bytes, before any parser sees them (reliability c10)."""

import re

SIZE_LIMIT = 30 * 1024 * 1024
HEADER_BLOCK_LIMIT = 256 * 1024
HEADER_LIMIT = 1000
ADDRESS_LIMIT = 500
PART_LIMIT = 100
DEPTH_LIMIT = 20

_BLANK = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER = re.compile(rb"^[!-9;-~]{1,200}[ \t]*:", re.MULTILINE)
_IN_HEADER = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|[ \t]")
_ADDRESSED = re.compile(
    rb"^(?:to|cc|bcc|from|reply-to|resent-to|resent-cc)[ \t]*:(.*(?:\r?\n[ \t].*)*)",
    re.MULTILINE | re.IGNORECASE,
)


class Unreadable(ValueError):
    """A letter that is kept whole and shown to an admin. The text is the rule that decided."""


def header_block(raw: bytes) -> bytes:
    """The bytes before the first blank line; all of them where there is none."""
    match = _BLANK.search(raw)
    return raw if match is None else raw[: match.start() + 1]


def check(raw: bytes) -> None:
    """Raises Unreadable: empty, too-large, header-block, headers, addresses, truncated."""
    if not raw.strip():
        raise Unreadable("empty")
    if len(raw) > SIZE_LIMIT:
        raise Unreadable("too-large")
    window = raw[: HEADER_BLOCK_LIMIT + 4]
    ended = _BLANK.search(window)
    if ended is None and len(raw) > HEADER_BLOCK_LIMIT:
        raise Unreadable("header-block")
    block = header_block(window)
    if sum(1 for _ in _HEADER.finditer(block)) > HEADER_LIMIT:
        raise Unreadable("headers")
    if sum(match.count(b",") + 1 for match in _ADDRESSED.findall(block)) > ADDRESS_LIMIT:
        raise Unreadable("addresses")
    if ended is None and _IN_HEADER.match(raw.rstrip().rpartition(b"\n")[2]) is not None:
        raise Unreadable("truncated")
