"""Header values: RFC 2047 words and raw 8-bit bytes to clean text. Linear in the input."""

import base64
import binascii
import quopri
import re

from intake.channels.mail.charsets import decode

# A question mark that was left as it is (`?Q?What?_now??=`) ends no word; `=?` and `?=` do.
_WORD = re.compile(
    r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?((?:[^?\r\n]|(?<!=)\?(?!=)){0,2000})\?="
)
_BETWEEN = re.compile(r"\s*")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"<([^<>\r\n]{1,500})>")
_BARE_ID = re.compile(r"[^\s<>,;]{1,250}@[^\s<>,;]{1,250}")
_PIECE = re.compile(r'\\.|[()"]|[^()"\\]+|\\', re.DOTALL)
_BODY_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
LINE_LIMIT = 10_000


def raw_text(value: object) -> str:
    """A header's value as parsed (bytes above 127 as surrogates) to text, words left encoded."""
    text = str(value)
    if _SURROGATE.search(text) is None:
        return text
    return decode(text.encode("utf-8", "surrogateescape"))


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Without controls, line ends and marks of direction: it can open no second header (c8)."""
    cleaned = _SURROGATE.sub("\ufffd", _UNSAFE.sub(" ", text[: 4 * limit]))
    return re.sub(r" {2,}", " ", cleaned).strip()[:limit]


def body_text(text: str) -> str:
    """A body without controls that no reader needs; line ends as \\n."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _BODY_UNSAFE.sub("", lines.replace("\u2029", "\n"))


def decoded(value: object) -> str:
    """A header's value as a person reads it, on one clean line; also where it was encoded twice."""
    text = re.sub(r"\r?\n[ \t]?", " ", raw_text(value)[: 8 * LINE_LIMIT])
    once = _words_decoded(text)
    is_twice = once.strip().startswith("=?") and once.strip().endswith("?=")
    return one_line(_words_decoded(once) if is_twice else once)


def bare(value: str) -> str:
    """A structured value without its comments, nested or not, and without its quoted strings."""
    kept: list[str] = []
    depth, quoted = 0, False
    for piece in _PIECE.findall(value):
        if piece == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif piece in ("(", ")"):
            depth = max(0, depth + (1 if piece == "(" else -1))
            kept.append(" ")
        elif not depth:
            kept.append(piece)
    return "".join(kept)


def _words_decoded(text: str) -> str:
    pieces: list[str] = []
    pending, charset, at = b"", "", 0
    for match in _WORD.finditer(text):
        gap = text[at : match.start()]
        data = _word_bytes(match.group(2), match.group(3))
        if pending and charset == match.group(1).lower() and not gap.strip():
            pending += data
        else:
            pieces.append(decode(pending, charset) if pending else "")
            pieces.append(gap if gap.strip() or at == 0 else "")
            pending, charset = data, match.group(1).lower()
        at = match.end()
    pieces.extend((decode(pending, charset) if pending else "", text[at:]))
    return "".join(pieces)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return quopri.decodestring(raw, header=True)
    try:
        return base64.b64decode(re.sub(rb"[^A-Za-z0-9+/]", b"", raw) + b"===")
    except binascii.Error:
        return raw


def message_ids(value: object, limit: int = 100) -> tuple[str, ...]:
    """The Message-IDs in In-Reply-To or References, brackets kept, the first and last of many.

    Some programs make encoded words of a long one, against RFC 2047, section 5, some fold within
    it, and some leave its brackets out: read all the same.
    """
    text = re.sub(r"\r?\n[ \t]*", "", raw_text(value)[:100_000])
    text = decoded(text) if "=?" in text else text
    named = _MESSAGE_ID.findall(text) or ([] if "<" in text else _BARE_ID.findall(text))
    found = [f"<{clean}>" for clean in map(one_line, named) if clean]
    half = limit // 2
    return tuple(found if len(found) <= limit else (*found[:half], *found[-half:]))
