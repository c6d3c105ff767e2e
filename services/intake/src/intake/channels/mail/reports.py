"""Delivery reports: RFC 3464, and the odd ones that are told by sender, subject and text."""

import re
from collections.abc import Iterable

import msgspec

from intake.channels.mail.letter import DeliveryReport, DeliveryStatus

REPORT_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
COMPLAINT_TYPE = "message/feedback-report"
SCAN_LIMIT = 100_000
PROSE_LIMIT = 2000
_DAEMON = re.compile(
    r"(?:mailer[-_ ]?daemon|postmaster|mail[-_ ]?daemon)\b|mail delivery (?:sub)?system"
    r"|microsoftexchange[0-9a-f]{20,40}@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|returned (?:mail|to sender)|returned mail|mail system error"
    r"|deliver(?:y|ed)? (?:status|fail|notif|error|problem|delayed)|delivery has failed"
    r"|failure notice|error sending|could not be delivered|message delayed|warning: message"
    r"|mail failure|rejected|недостав|не доставлен|доставить|доставк|не удалось отправить"
    r"|задерж|unzustellbar|non remis|non distribu|échec",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(
    r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.])[45]\d\d[ -](?:[^\d\s]|\d\.\d)"
    r"|final-recipient:|original-recipient:|message[- ]headers|original message|returned message"
    r"|following address|message-id:|user unknown|следующ\w{1,4} (?:адрес|получател)"
    r"|не (?:был[оа]? |может быть )?доставлен|не может быть отправлен|исходн\w{2,4} сообщени",
    re.IGNORECASE,
)
_ACTION = re.compile(r"^action:\s*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^status:\s*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    r"^(?:final|original)-recipient:\s*[\w-]{1,20}\s*;\s*<?([^\s<>;]{1,320})",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(
    r"^[ >\t]{0,8}message-id:\s*(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE
)
_OURS = re.compile(r"<?([0-9a-f-]{36}\.[\w-]{1,64}\.[0-9a-f]{32}@[A-Za-z0-9.-]{1,253})>?", re.ASCII)
_THREAD = re.compile(r"^(?:references|in-reply-to):.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_DELAYED = re.compile(
    r"\bdelayed\b|will (?:keep |continue )?(?:be )?(?:re-?)?tr(?:y|ied)|not yet been delivered"
    r"|still (?:being )?try|only a warning|\(delay\)|(?:attempts|retries) will continue"
    r"|сообщение задерж|доставка (?:вашего )?(?:письма|сообщения) задерж|задержка доставки"
    r"|попытки (?:доставки |доставить \S{1,20} )?(?:будут|продолж)|remise (?:est )?retardée",
    re.IGNORECASE,
)
_ACTIONS: dict[str, DeliveryStatus] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
_WORST: tuple[DeliveryStatus, ...] = ("failed", "delayed", "delivered")


def is_odd_report(sender: str, subject: str, text: str) -> bool:
    """A report without its MIME parts: from a mail daemon, called so, and with evidence in it."""
    return (
        _DAEMON.search(sender[:1000]) is not None
        and _SUBJECT.search(subject) is not None
        and _EVIDENCE.search(text[:SCAN_LIMIT]) is not None
    )


def read_status_parts(status: str, original: str) -> DeliveryReport:
    """An RFC 3464 report. status: its delivery-status part; original: the letter it is about."""
    fields = status[:SCAN_LIMIT]
    codes = _STATUS.findall(fields) or _CODE.findall(fields)
    said = {_ACTIONS.get(action.lower()) for action in _ACTION.findall(fields)}
    found = next((state for state in _WORST if state in said), None) or _by_code(codes)
    return _report(found, original, fields, codes)


def read_complaint(original: str) -> DeliveryReport:
    """An abuse report (RFC 5965): about which letter."""
    found = _report("delivered", original, "", [])
    return msgspec.structs.replace(found, is_complaint=True)


def read_odd(text: str, subject: str) -> DeliveryReport:
    """A report in prose: delayed where it says so, else failed; every Message-ID it quotes."""
    scanned = text[:SCAN_LIMIT]
    is_delayed = _DELAYED.search(f"{subject}\n{scanned[:PROSE_LIMIT]}") is not None
    status: DeliveryStatus = "delayed" if is_delayed else "failed"
    return _report(status, scanned, scanned, _CODE.findall(scanned))


def _by_code(codes: Iterable[str]) -> DeliveryStatus:
    classes = {code[0] for code in codes}
    if "5" in classes or not classes:
        return "failed"
    return "delayed" if "4" in classes else "delivered"


def _report(status: DeliveryStatus, original: str, fields: str, codes: list[str]) -> DeliveryReport:
    wanted = {"failed": "5", "delayed": "4", "delivered": "2"}[status]
    recipient = _RECIPIENT.search(fields)
    return DeliveryReport(
        status=status,
        message_ids=_named(original[:SCAN_LIMIT]),
        recipient=recipient.group(1) if recipient else None,
        code=next((code for code in codes if code[0] == wanted), codes[0] if codes else None),
    )


def _named(text: str) -> tuple[str, ...]:
    """The Message-IDs of letters in `text`; then what looks like one of ours, wherever it stands.

    But not those of a thread: the letter that came back is not the one that it answers.
    """
    loose = (f"<{found}>" for found in _OURS.findall(_THREAD.sub("", text)))
    return tuple(dict.fromkeys((*_MESSAGE_ID.findall(text), *loose)))
