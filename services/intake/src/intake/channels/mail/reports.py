"""Delivery reports: RFC 3464, and the odd ones that are told by sender, subject and text."""

import re
from collections.abc import Iterable

import msgspec

from intake.channels.mail.letter import DeliveryReport, DeliveryStatus

REPORT_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
COMPLAINT_TYPE = "message/feedback-report"
RETURNED_TYPES = frozenset(("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"))
SCAN_LIMIT = 100_000
PROSE_LIMIT = 2000
_DAEMON = re.compile(
    r"(?:mailer[-_ ]?daemon|mail[-_ ]?daemon)\b|mail delivery (?:sub)?system"
    r"|microsoftexchange[0-9a-f]{20,40}@",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(r"post[-_]?master\b", re.IGNORECASE)  # whom a person may be, too
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|returned (?:mail|to sender)|returned mail|mail system error"
    r"|deliver(?:y|ed)? (?:status|fail|notif|error|problem|delayed)|delivery has failed"
    r"|failure notice|error sending|could not be delivered|message delayed|warning: message"
    r"|mail failure|rejected|недостав|не доставлен|доставить|доставк|не удалось отправить"
    r"|задерж|не был[оа]? доставлен|возвра(?:т|щен)|отложен|заблокирован|адрес не найден"
    r"|\bnot (?:be(?:en)? )?delivered|couldn.?t be delivered|delayed mail|delivery incomplete"
    r"|address not found|message blocked|failed mail|\bndn:|\bbounced?\b|unzustellbar"
    r"|non remis|remise différée|non distribu|n.a pas pu être|échec|配信できません|エラー通知",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(r"complaint about message from \d", re.IGNORECASE)
_PROOF = re.compile(
    r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.])[45]\d\d[ -](?:[^\d\s]|\d\.\d)"
    r"|final-recipient:|original-recipient:|following address|user unknown|unknown recipient"
    r"|no such (?:user|mailbox|recipient)|mailbox (?:is )?(?:full|unavailable|not found)|over quota"
    r"|unable to deliver|(?:did not reach|(?:was|could) not (?:be )?delivered) (?:to|the)\b"
    r"|no valid recipient|account is disabled|ящик\S{0,2} (?:\S{1,20} )?переполнен"
    r"|(?:ящик|адрес|получател|пользовател)\S{0,2} не (?:существует|найден)"
    r"|нет такого (?:ящик|польз)",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(
    r"message[- ]headers|original message|returned message|message-id:"
    r"|следующ\w{1,4} (?:адрес|получател)|исходн\w{2,4} сообщени"
    r"|не (?:был[оа]? |может быть )?доставлен|не может быть отправлен",
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
    r"|попытки (?:доставки |доставить \S{1,20} )?(?:будут|продолж)|(?:ещё|еще|пока) не доставлен"
    r"|повтор(?:ит|ять|ить|яет) попытк|будет повторена|доставк\S{1,4} (?:\S{1,20} )?отложен"
    r"|отложенн\S{1,3} доставк|только предупреждение|warning message only|still undelivered"
    r"|remise (?:est )?(?:retardée|différée)|n.a pas encore été",
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


def is_daemon(sender: str) -> bool:
    """Whether From names a mail daemon, or whoever answers for one."""
    return any(pattern.search(sender[:1000]) for pattern in (_DAEMON, _POSTMASTER))


def is_odd_complaint(subject: str, part_types: Iterable[str]) -> bool:
    """One of Hotmail's, which are no reports by their form: the letter itself, come back."""
    return _COMPLAINT.match(subject) is not None and not RETURNED_TYPES.isdisjoint(part_types)


def is_odd_report(
    sender: str, subject: str, text: str, *, is_null_path: bool = False, is_returned: bool = False
) -> bool:
    """A report without its MIME parts: sent as one, called so, and with evidence in it.

    A daemon's may be called anything; so may one that quotes a Message-ID of ours, or that nobody
    sent and the letter itself is in (is_returned).
    """
    scanned, is_returned = text[:SCAN_LIMIT], is_null_path and is_returned
    is_proven = is_returned or _PROOF.search(scanned) is not None
    if not is_proven and _EVIDENCE.search(scanned) is None:
        return False
    if _DAEMON.search(sender[:1000]):
        return True
    is_sent_so = _POSTMASTER.search(sender[:1000]) or (is_null_path and is_proven)
    is_called_so = is_returned or _SUBJECT.search(subject) or _OURS.search(scanned)
    return bool(is_sent_so and is_called_so)


def read_status_parts(status: str, original: str) -> DeliveryReport:
    """An RFC 3464 report. status: its delivery-status part; original: the letter it is about."""
    fields = status[:SCAN_LIMIT]
    codes = _STATUS.findall(fields) or _CODE.findall(fields)
    return _report(_by_action(fields) or _by_code(codes), original, fields, codes)


def read_complaint(original: str) -> DeliveryReport:
    """An abuse report (RFC 5965): about which letter."""
    found = _report("delivered", original, "", [])
    return msgspec.structs.replace(found, is_complaint=True)


def read_odd(text: str, subject: str) -> DeliveryReport:
    """A report in prose: delayed where it says so, else failed; every Message-ID it quotes."""
    scanned = text[:SCAN_LIMIT]
    is_delayed = _DELAYED.search(f"{subject}\n{scanned[:PROSE_LIMIT]}") is not None
    status: DeliveryStatus = "delayed" if is_delayed else "failed"
    status = _by_action(scanned) or status  # of a report whose parts were not found
    return _report(status, scanned, scanned, _CODE.findall(scanned))


def _by_action(fields: str) -> DeliveryStatus | None:
    said = {_ACTIONS.get(action.lower()) for action in _ACTION.findall(fields)}
    return next((state for state in _WORST if state in said), None)


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
