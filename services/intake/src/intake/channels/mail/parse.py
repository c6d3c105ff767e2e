"""Raw bytes -> ParsedLetter. Limits first, then the stdlib's compat32 parser and own decoding.

Runs in the worker process only: any exception means quarantine (reliability c10, c11).
"""

import hashlib
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import msgspec

from intake.channels.mail import bodies, reports
from intake.channels.mail.headers import decoded, message_ids, one_line, raw_text
from intake.channels.mail.letter import DeliveryReport, LetterFile, ParsedLetter, Signals
from intake.channels.mail.limits import ADDRESS_LIMIT, Unreadable, check
from intake.channels.mail.mending import WoundedMessage, mended
from intake.channels.mail.quotes import fresh, is_forward
from intake.channels.mail.signals import read_signals
from intake.domain.facts import TEXT_LIMIT
from reglament.mail.addresses import Address, AddressError, parse_address, parse_addresses

_RECIPIENTS = ("delivered-to", "x-original-to", "to", "cc")


def parse(raw: bytes) -> ParsedLetter:
    """Read one letter. Raises Unreadable, whose text is the rule that decided."""
    check(raw)
    message: bodies.Part = message_from_bytes(mended(raw), WoundedMessage)
    headers = _headers(message)
    parts = list(bodies.leaves(message))
    markup, text = _texts(parts)
    sender, fault = _sender(headers)
    signals = read_signals(headers, message, parts)
    subject = decoded(_first(headers, "subject"))
    return ParsedLetter(
        message_id=next(iter(message_ids(_first(headers, "message-id"))), None),
        in_reply_to=message_ids(_first(headers, "in-reply-to")),
        references=message_ids(_first(headers, "references")),
        sender=sender.spec if sender else None,
        sender_name=decoded(sender.name) if sender else "",
        sender_fault=fault,
        recipients=_recipients(headers),
        subject=subject,
        date=_date(_first(headers, "date")),
        language=one_line(_first(headers, "content-language"), 35).lower() or None,
        text=text,
        fresh=_own_words(text, subject),
        html=markup,
        attachments=_attachments(parts),
        authentication=tuple(
            one_line(value) for value in headers.get("authentication-results", ())
        ),
        signals=signals,
        report=_report(parts, signals, headers, text),
        digest=_digest(headers, parts),
    )


def _headers(message: bodies.Part) -> dict[str, list[str]]:
    """Every header's values by lower-case name, topmost first."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(raw_text(value))
    return found


def _first(headers: dict[str, list[str]], name: str) -> str:
    return headers.get(name, [""])[0]


def _sender(headers: dict[str, list[str]]) -> tuple[Address | None, str | None]:
    values = headers.get("from", [])
    if len(values) != 1:
        return None, "no-from" if not values else "several-from"
    try:
        return parse_address(values[0]), None
    except AddressError as error:
        return None, f"from-{error}"


def _recipients(headers: dict[str, list[str]]) -> tuple[str, ...]:
    found: list[str] = []
    for name in _RECIPIENTS:
        for value in headers.get(name, []):
            try:
                found.extend(address.spec for address in parse_addresses(value))
            except AddressError:
                continue
    if len(found) > ADDRESS_LIMIT:
        raise Unreadable("addresses")
    return tuple(dict.fromkeys(found))


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(one_line(value, 200))
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _texts(parts: list[bodies.Part]) -> tuple[str | None, str]:
    """The safe HTML, and the text: text/plain first, HTML made text where there is none."""
    plain = [bodies.text_of(p) for p in parts if _is(p, "text/plain")]
    markup = [bodies.text_of(p) for p in parts if _is(p, "text/html")]
    safe = bodies.safe_html("\n".join(markup)) if markup else None
    text = "\n".join(piece.strip("\n") for piece in plain).strip()
    if not text and safe:
        text = bodies.html_text(safe)
    if not text:  # some programs give the body itself a name
        named = [bodies.text_of(part) for part in parts if bodies.is_named_text(part)]
        text = "\n".join(named).strip()
    if not text:
        text = "\n".join(bodies.text_of(part) for part in parts if bodies.is_broken(part)).strip()
    return safe, text


def _own_words(text: str, subject: str) -> str:
    """What a person has to read, no longer than a text of the API may be; the letter is kept whole.

    A longer one would go into no record of Kafka, and hold up all that stands behind it.
    """
    words = fresh(text[: 2 * TEXT_LIMIT], forwarded=is_forward(subject))
    return words if len(words) <= TEXT_LIMIT else f"{words[: TEXT_LIMIT - 1]}\u2026"


def _is(part: bodies.Part, kind: str) -> bool:
    return bodies.is_body(part) and part.get_content_type() == kind


def _attachments(parts: list[bodies.Part]) -> tuple[LetterFile, ...]:
    files = [part for part in parts if not bodies.is_body(part) and not bodies.is_broken(part)]
    return tuple(bodies.attachment(part) for part in files)


def _report(
    parts: list[bodies.Part], signals: Signals, headers: dict[str, list[str]], text: str
) -> DeliveryReport | None:
    found = _read_report(parts, signals, headers, text)
    if found is None:
        return None
    # Some name the letter in their own head only (Exchange, Domino).
    threaded = (_first(headers, "in-reply-to"), *headers.get("references", ()))
    named = (each for value in threaded for each in message_ids(value))
    recipient = found.recipient or (signals.failed_recipients or "").split(",")[0].strip() or None
    return msgspec.structs.replace(
        found,
        message_ids=tuple(dict.fromkeys((*found.message_ids, *named))),
        recipient=recipient,
    )


def _read_report(
    parts: list[bodies.Part], signals: Signals, headers: dict[str, list[str]], text: str
) -> DeliveryReport | None:
    status = [p for p in parts if p.get_content_type() in reports.REPORT_TYPES]
    subject, sender = decoded(_first(headers, "subject")), _first(headers, "from")
    whole = "\n".join(_said(part) for part in parts)
    is_null_path = signals.return_path == ""
    if status and _is_sent_by_machine(signals, sender):
        return reports.read_status_parts("\n".join(map(_said, status)), whole)
    types = signals.part_types
    if reports.COMPLAINT_TYPE in types or reports.is_odd_complaint(subject, types):
        return reports.read_complaint(whole)
    if signals.content_type == "multipart/report" and not signals.read_receipt:
        return reports.read_odd(whole, subject)
    is_answer = signals.vacation or signals.auto_submitted == "auto-replied"
    if signals.failed_recipients is not None or reports.is_odd_report(
        sender,
        subject,
        f"{text or whole}\n{whole}",
        is_null_path=is_null_path,
        is_returned=not is_answer and not reports.RETURNED_TYPES.isdisjoint(types),
    ):
        return reports.read_odd(whole, subject)
    return None


def _is_sent_by_machine(signals: Signals, sender: str) -> bool:
    """No person's, who passes on a report that came back: programs then attach its parts."""
    return (
        signals.content_type != "multipart/mixed"
        or signals.return_path == ""
        or signals.auto_submitted not in (None, "", "no")
        or signals.failed_recipients is not None
        or "@" not in sender
        or reports.is_daemon(sender)
    )


def _said(part: bodies.Part) -> str:
    if part.get_content_maintype() == "text":
        return bodies.text_of(part)
    return bodies.content(part).decode("utf-8", "replace")


def _digest(headers: dict[str, list[str]], parts: list[bodies.Part]) -> str:
    """The same for a second copy, by whatever path it came: no trace header goes into it."""
    found = hashlib.sha256()
    for name in ("message-id", "from", "subject", "date"):
        said = " ".join(decoded(_first(headers, name)).split())  # however a server folded it
        found.update(said.encode("utf-8", "surrogatepass") + b"\x00")
    for part in parts:
        data = bodies.content(part).replace(b"\r\n", b"\n").strip()
        found.update(hashlib.sha256(data).digest())
    return found.hexdigest()
