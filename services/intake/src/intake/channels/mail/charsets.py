"""Bytes to text, whatever a letter declares. Only real text encodings are ever run."""

import codecs
import re

_ALLOWED = frozenset(
    (
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "koi8-r", "koi8-u"),
        *("koi8-t", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
        *(
            "cp1258",
            "cp866",
            "cp855",
            "cp437",
            "cp850",
            "cp852",
            "cp874",
            "cp932",
            "cp949",
            "cp950",
        ),
        *(
            "mac-cyrillic",
            "mac-roman",
            "kz1048",
            "ptcp154",
            "gb2312",
            "gbk",
            "gb18030",
            "hz",
            "big5",
        ),
        *("big5hkscs", "shift_jis", "shift_jisx0213", "euc_jp", "iso2022_jp", "iso2022_jp_1"),
        *("iso2022_jp_2", "iso2022_kr", "euc_kr", "johab", "tis-620"),
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
    )
)
_ALIASES = {
    "unicode-1-1-utf-8": "utf-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "windows1251": "cp1251",
    "koi8": "koi8-r",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
}
_FREQUENT = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф")


def codec(declared: str | None) -> str | None:
    """The codec to run for a declared charset; None for one unknown or not of text (rot13)."""
    name = (declared or "").strip().strip("\"'").lower()[:40]
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return found if found in _NAMES else None


def _names() -> frozenset[str]:
    found = set()
    for name in _ALLOWED:
        try:
            found.add(codecs.lookup(name).name)
        except LookupError:
            continue
    return frozenset(found)


_NAMES = _names()
_RUSSIAN = ("cp1251", "koi8-r", "cp866")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`: by its mark, as declared, as UTF-8, or by a guess; never an error."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-8-sig" if data[0] == 0xEF else "utf-16", "replace")
    named = codec(declared)
    for name in (named, "utf-8"):
        if name is None:
            continue
        try:
            return data.decode(name)
        except (UnicodeError, ValueError):
            continue
    if named is not None and named != "utf-8":
        return data.decode(named, "replace")
    is_said = "utf" in (declared or "").lower()
    return _guessed(data, is_said_utf_8=is_said)


def _guessed(data: bytes, *, is_said_utf_8: bool) -> str:
    """UTF-8 with a few broken characters, Russian in one of its charsets, or Western."""
    loose = data.decode("utf-8", "replace")
    valid = sum(char > "\x7f" and char != "\ufffd" for char in loose)
    sample = data[:20_000]
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if loose.count("\ufffd") * 10 <= valid or (is_said_utf_8 and high < 10):
        return loose
    scores = {name: _score(sample.decode(name, "replace")) for name in _RUSSIAN}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.7 * high:
        return data.decode(best, "replace")
    return data.decode("cp1252", "replace")


def _score(text: str) -> int:
    """How much of it reads as Russian: frequent small letters, so that case tells koi8 from cp."""
    return sum(char in _FREQUENT for char in text)
