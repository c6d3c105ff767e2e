"""Subjects: what mail clients put before them, and a desk's numbers in them (semantics 19)."""

import re
import string

_PREFIXES = (
    # replies
    *("re", "aw", "vs", "sv", "sb", "antw", "odp", "ynt", "atb", "res", "resp", "ref", "rif"),
    *("bls", "vá", "απ", "σχετ", "ответ", "отв", "ha", "на", "відповідь", "адказ", "отговор"),
    *("答复", "回复", "回覆", "答覆", "返信", "답장", "회신", "תגובה", "השב", "رد", "पत्रोत्तर"),
    # forwarded
    *("fwd", "fw", "wg", "tr", "rv", "enc", "doorst", "vl", "pd", "ilt", "továbbítás", "προώθ"),
    *("пересл", "переслано", "пересылка", "перенаправлено", "转发", "轉寄", "转寄", "転送"),
    *("전달", "הועבר", "إعادة توجيه", "i", "r"),
)
_PREFIX = re.compile(
    rf"\s*(?:{'|'.join(sorted(map(re.escape, _PREFIXES), key=len, reverse=True))})"
    r"\.?\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:\uff1a\ufe55]",
    re.IGNORECASE,
)
_PREFIX_LIMIT = 50
_HYPHENS = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2212), "-")  # as editors make them


def strip_prefixes(subject: str) -> str:
    """The subject without the reply and forward marks of any client, surrounding space trimmed."""
    rest = subject
    for _ in range(_PREFIX_LIMIT):
        match = _PREFIX.match(rest)
        if match is None:
            break
        rest = rest[match.end() :]
    return rest.strip()


def number_pattern(template: str) -> re.Pattern[str]:
    """What a number made by a policy's `number` template looks like, e.g. "REM-{sequence:06d}".

    Raises ValueError where the template has no `{sequence}`.
    """
    parts, seen = [], False
    for literal, field, form, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if field is None:
            continue
        seen = seen or field == "sequence"
        width = re.search(r"\d+", form or "")
        parts.append(f"[0-9]{{{max(1, int(width.group()) if width else 1)},18}}")
    if not seen:
        raise ValueError("a number template needs {sequence}")
    return re.compile(rf"(?<![\w-]){''.join(parts)}(?![\w-])", re.IGNORECASE)


def find_numbers(template: str, subject: str) -> tuple[str, ...]:
    """Every number of the desk's pattern in a subject, written as the desk writes them."""
    plain = subject.translate(_HYPHENS)
    found = (match.group() for match in number_pattern(template).finditer(plain))
    return tuple(dict.fromkeys(_respelt(template, number) for number in found))


def _respelt(template: str, number: str) -> str:
    literals = [part[0] for part in string.Formatter().parse(template)]
    lowered, at = number.lower(), 0
    spelt = number
    for literal in literals:
        start = lowered.find(literal.lower(), at)
        spelt = spelt[:start] + literal + spelt[start + len(literal) :]
        at = start + len(literal)
    return spelt
