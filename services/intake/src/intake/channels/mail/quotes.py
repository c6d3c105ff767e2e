"""A reply's own words, without the history quoted below (Gmail, Outlook, Yandex, Mail.ru, Apple).

Line by line, no pattern with nested repeats (reliability c12). The whole text is kept elsewhere. A
letter that is passed on is content, not history; a person's signature stays: it may hold the INN.
"""

import re

LINE = 1000
LINES = 3000  # a history that begins below is shown: no reply is that long
WRAPPED_LINES = 3
_SEPARATOR = re.compile(
    r"\s*(?:-{2,}|_{2,}|\*{2,})\s*(?:original message|исходное сообщение|оригинальное сообщение"
    r"|message d'origine|message original|ursprüngliche nachricht)\s*[-_*]{0,20}\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"[>\s]{0,20}(?:-{2,}\s*(?:forwarded message|пересылаемое сообщение|пересланное сообщение"
    r"|перенаправленное сообщение|message transféré|weitergeleitete nachricht)\s*-{0,40}"
    r"|begin forwarded message\s?:|начало переадресованного сообщения\s?:"
    r"|début du message réexpédié\s?:)\s*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|пересл|tr|wg|fs|rv|enc)\s*[:\]]", re.IGNORECASE
)
_WROTE = re.compile(
    r"(?:wrote|writes|пишет|писал\S{0,3}|написал\S{0,3}|écrit|schrieb)(?:\s\S{1,60}){0,3}\s*$"
    r"|^(?:вы писали|you wrote|vous avez écrit)\s",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[<(\[](?:mailto:)?[^\s<>()@]{1,64}@[^\s<>()@]{3,255}[>)\]]")
_BARE_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,251}\.\S{2,60}")
_DATE = re.compile(r"\d{1,4}[./:-]\d{2}|\b(?:19|20)\d\d\b")
_HEADER = re.compile(
    r"\s*\*{0,2}(?:from|sent|to|subject|date|cc|от кого|от|отправлено|кому|тема|дата|копия"
    r"|de|envoyé|à|objet|von|gesendet|an|betreff|datum)\s?:\*{0,2}\s?\S.{0,500}",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_-]{10,}\s*")
_APP = re.compile(
    r"(?:отправлено (?:с|из) (?:моего |мобильного |мобильной )?(?:iphone|ipad|android|samsung"
    r"|xiaomi|redmi|huawei|honor|galaxy|устройства|смартфона|планшета|приложения|outlook|почты"
    r"|телефона|mymail|яндекс|mail\.ru|gmail)"
    r"|sent (?:from|with|via) (?:my |yahoo|outlook|mail |samsung|proton|mymail|spark|gmail)"
    r"|get outlook for |скачать outlook|télécharger outlook"
    r"|envoyé (?:de|depuis|avec|à partir de) (?:mon |outlook|mail |proton|l.application)).{0,90}",
    re.IGNORECASE,
)
_DASHES = re.compile(r"\s*(?:-{2,3}|_{2,3}|—)\s*")


def is_forward(subject: str) -> bool:
    """Whether the subject says that another's letter is passed on."""
    return _FORWARDED.match(subject[:200]) is not None


def fresh(text: str, *, forwarded: bool = False) -> str:
    """The new words of `text`; the whole of it where nothing else would be left.

    forwarded: the letter passes another one on, which then is what it has to say.
    """
    if forwarded:
        return text.strip()
    lines = text.split("\n")
    cut = _history(lines)
    if cut is None:
        return text.strip()
    kept = _without_app([line for line in lines[:cut] if not _quoted(line)])
    if cut < len(lines) and not _headed(lines, cut) and any(_quoted(li) for li in lines[cut:]):
        below = [line for line in lines[cut:] if not _quoted(line)]
        kept.extend(below[_attribution_lines(lines, cut) :])
    return "\n".join(kept).strip() or text.strip()


def _history(lines: list[str]) -> int | None:
    """Where the history starts; the end where there is none; None: what follows is passed on."""
    for at, line in enumerate(lines[:LINES]):
        if _FORWARD.fullmatch(line[:LINE]) is not None:
            return None
        if _starts_history(lines, at):
            return at
    return len(lines)


def _without_app(lines: list[str]) -> list[str]:
    """Without the mail program's own advertisement at the end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _APP.fullmatch(lines[end - 1].strip()[:LINE])):
        end -= 1
    if end < len(lines) and end and _DASHES.fullmatch(lines[end - 1]):
        end -= 1
    return lines[:end]


def _quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _starts_history(lines: list[str], at: int) -> bool:
    line = lines[at][:LINE]
    if not line.strip():
        return False
    if _SEPARATOR.fullmatch(line) is not None or _headed(lines, at):
        return True
    return _attribution_lines(lines, at) > 0


def _attribution_lines(lines: list[str], at: int) -> int:
    """How many lines "On … somebody wrote:" takes here, wrapped or not; 0 for none."""
    line = lines[at].strip()[:LINE]
    if not line or _quoted(line):
        return 0
    for count in range(1, WRAPPED_LINES + 1):
        last = lines[at + count - 1].strip() if at + count <= len(lines) else ""
        if not last or (count == 1 and not last.endswith(":") and _DATE.search(last) is None):
            return 0
        if last.endswith(":"):
            whole = " ".join(each.strip()[:LINE] for each in lines[at : at + count])
            return count if _is_attribution(whole, _quote_follows(lines, at + count)) else 0
    return 0


def _is_attribution(line: str, is_quoted_below: bool) -> bool:
    said = line[:LINE].rstrip(": \t\xa0")
    opening = max(said.rfind("<"), said.rfind("("), said.rfind("["))
    is_addressed = opening > 0 and _ADDRESS.fullmatch(said[opening:]) is not None
    is_dated = _DATE.search(said) is not None
    if _WROTE.search(said[:12]) or _WROTE.search(said[-120:]):
        return is_dated or is_quoted_below
    if is_quoted_below and not is_addressed:
        is_addressed = _BARE_ADDRESS.fullmatch(said.rpartition(" ")[2]) is not None
    return is_addressed and is_dated


def _quote_follows(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), None)
    return following is not None and _quoted(following)


def _headed(lines: list[str], at: int) -> bool:
    """A block of From/Sent/To/Subject lines, as Outlook puts above what it quotes."""
    start = at + 1 if _RULE.fullmatch(lines[at][:LINE]) else at
    count = 0
    for line in lines[start : start + 8]:
        if not line.strip():
            continue
        if _HEADER.fullmatch(line[:600]) is None and not (count and _is_last(line)):
            break
        count += 1
    return count >= 3


def _is_last(line: str) -> bool:
    """Yandex ends its block with the attribution."""
    said = line.strip()[:LINE]
    return said.endswith(":") and _is_attribution(said, is_quoted_below=False)
