"""A reply's own words, without the history quoted below (Gmail, Outlook, Yandex, Mail.ru, Apple).

Line by line, no pattern with nested repeats (reliability c12). The whole text is kept elsewhere.
"""

import re

_SEPARATOR = re.compile(
    r"\s*(?:-{2,}|_{2,}|\*{2,})\s*(?:original message|forwarded message|исходное сообщение"
    r"|пересылаемое сообщение|пересланное сообщение|message d'origine|message original"
    r"|message transféré|ursprüngliche nachricht)\s*[-_*]{0,20}\s*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r".{0,300}(?:(?:wrote|writes|пишет|писал\S{0,3}|написал\S{0,3}|écrit|schrieb)\s?(?:\S{3,80})?"
    r"|\d.{0,200}<[^\s<>@]{1,64}@[^\s<>@]{3,255}>)\s?:\s*",
    re.IGNORECASE,
)
_DATED = re.compile(r"\D{0,60}\d")
_HEADER = re.compile(
    r"\s*\*{0,2}(?:from|sent|to|subject|date|cc|от|отправлено|кому|тема|дата|копия|de|envoyé|à|objet)"
    r"\s?:\*{0,2}\s?\S.{0,500}",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_-]{10,}\s*")


def fresh(text: str) -> str:
    """The new words of `text`; the whole of it where nothing else would be left."""
    lines = text.split("\n")
    cut = next((at for at in range(len(lines)) if _starts_history(lines, at)), len(lines))
    below = [line for line in lines[cut:] if not _quoted(line)]
    kept = [line for line in lines[:cut] if not _quoted(line)]
    if cut < len(lines) and not _headed(lines, cut) and any(_quoted(li) for li in lines[cut:]):
        kept.extend(below[_attribution_lines(lines, cut) :])
    return "\n".join(kept).strip() or text.strip()


def _quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _starts_history(lines: list[str], at: int) -> bool:
    line = lines[at][:1000]
    if _SEPARATOR.fullmatch(line) is not None or _headed(lines, at):
        return True
    return _attribution_lines(lines, at) > 0


def _attribution_lines(lines: list[str], at: int) -> int:
    """How many lines "On … somebody wrote:" takes here: 1, 2 where it is wrapped, 0 for none."""
    line = lines[at].strip()[:1000]
    if not line or _quoted(line):
        return 0
    if line.endswith(":") and _WROTE.fullmatch(line) and _quote_follows(lines, at + 1):
        return 1
    following = lines[at + 1].strip()[:1000] if at + 1 < len(lines) else ""
    wrapped = following.endswith(":") and _DATED.match(line) is not None
    if wrapped and _WROTE.fullmatch(f"{line[:200]} {following}"):
        return 2 if _quote_follows(lines, at + 2) else 0
    return 0


def _quote_follows(lines: list[str], at: int) -> bool:
    """Quoted lines, or nothing but history: most clients indent or quote by > what follows."""
    following = next((line for line in lines[at : at + 4] if line.strip()), None)
    return following is None or _quoted(following) or at < len(lines)


def _headed(lines: list[str], at: int) -> bool:
    """A block of From/Sent/To/Subject lines, as Outlook puts above what it quotes."""
    start = at + 1 if _RULE.fullmatch(lines[at][:1000]) else at
    block = lines[start : start + 8]
    count = 0
    for line in block:
        if not line.strip():
            continue
        if _HEADER.fullmatch(line[:600]) is None:
            break
        count += 1
    return count >= 3
