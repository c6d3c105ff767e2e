"""Bytes to text, whatever a letter declares. Only real text encodings are ever run."""

import codecs
import re
from itertools import pairwise

_ALLOWED = frozenset(
    (
        *(
            "ascii",
            "utf-7",
            "utf-8",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "koi8-r",
            "koi8-u",
        ),
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
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-cyrillic": "mac-cyrillic",
    "maccyrillic": "mac-cyrillic",
    "cp-866": "cp866",
    "dos-866": "cp866",
    "cp-1251": "cp1251",
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
# Russian letters by frequency, a thousandth each (the national corpus, rounded).
_FREQUENCY = {
    letter: share
    for letters, share in (
        ("о", 110),
        ("еа", 82),
        ("и", 73),
        ("нт", 65),
        ("с", 55),
        ("рв", 46),
        ("л", 44),
        ("кмд", 33),
        ("пу", 27),
        ("яыь", 19),
        ("гзбч", 16),
        ("йхж", 10),
        ("шюцщэф", 5),
        ("ъё", 1),
    )
    for letter in letters
}
SAMPLE_BYTES = 4_000
ENOUGH = 8  # high bytes: fewer tell nothing
BETTER = 1.35
LIKELY = 25.0


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
_RUSSIAN = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
_CYRILLIC = frozenset((*_RUSSIAN, "koi8-u", "koi8-t", "cp855", "kz1048", "ptcp154"))
_WESTERN = frozenset(("cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp437", "cp850"))
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`: by its mark, as declared, as UTF-8, or by a guess; never an error.

    A declaration that cannot be true gives way: valid UTF-8, Russian under a Western name or
    under the name of another Russian charset.
    """
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-8-sig" if data[0] == 0xEF else "utf-16", "replace")
    named = codec(declared)
    for name in (_better(data, named), named, "utf-8"):
        if name is None:
            continue
        try:
            return data.decode(name)
        except (UnicodeError, ValueError):
            continue
    if named is not None and named != "utf-8":
        return data.decode(named, "replace")
    is_said_utf_8 = "utf" in (declared or "").lower()
    return _guessed(data, is_said_utf_8=is_said_utf_8)


def _better(data: bytes, named: str | None) -> str | None:
    """The charset that a single-byte text is really in; None where the declared one may stand."""
    if named not in _CYRILLIC | _WESTERN:
        return None
    sample = data[:SAMPLE_BYTES]
    if len(_HIGH.findall(sample)) < ENOUGH:
        return None
    if _is_utf_8(data):
        return "utf-8"
    best, likelihood = _likeliest(sample)
    if named in _WESTERN:
        return best if likelihood >= LIKELY and _is_in_runs(sample) else None
    said = _likelihood(sample.decode(named, "replace"))
    return best if likelihood >= LIKELY and likelihood > BETTER * said else None


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeError:
        return False
    return True


def _is_in_runs(sample: bytes) -> bool:
    """Words of high bytes, as Russian has, not single ones between others, as French has."""
    in_runs = sum(map(len, _RUN.findall(sample)))
    return in_runs >= 0.6 * len(_HIGH.findall(sample))


def _guessed(data: bytes, *, is_said_utf_8: bool) -> str:
    """UTF-8 with a few broken characters, Russian in one of its charsets, or Western."""
    loose = data.decode("utf-8", "replace")
    valid = sum(char > "\x7f" and char != "\ufffd" for char in loose)
    sample = data[:SAMPLE_BYTES]
    high = len(_HIGH.findall(sample))
    if loose.count("\ufffd") * 10 <= valid or (is_said_utf_8 and high < 10):
        return loose
    best, likelihood = _likeliest(sample)
    is_russian = likelihood >= LIKELY and (high < ENOUGH or _is_in_runs(sample))
    return data.decode(best if is_russian else "cp1252", "replace")


def _likeliest(sample: bytes) -> tuple[str, float]:
    """The Russian charset in which the sample reads best, and how well."""
    found = {name: _likelihood(sample.decode(name, "replace")) for name in _RUSSIAN}
    best = max(found, key=lambda name: found[name])
    return best, found[best]


def _likelihood(text: str) -> float:
    """How Russian it reads: the mean frequency of what is not ASCII (about 55 for real text).

    A capital in mid-word tells koi8 from cp1251, which have each other's cases the wrong way round.
    """
    high = [char for char in text if char > "\x7f"]
    if not high:
        return 0.0
    mean = sum(_FREQUENCY.get(char.lower(), -20) for char in high) / len(high)
    odd = sum(one.islower() and other.isupper() for one, other in pairwise(text))
    return mean - 60 * odd / len(high)
