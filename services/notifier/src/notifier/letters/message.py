"""A rendered letter -> the message that SMTP gets: text and HTML, both in seven bits."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from notifier.letters.rendering import Rendered, one_line
from reglament.ids import new_id
from reglament.mail.addresses import AddressError, checked_spec
from reglament.mail.headers import WIRE

REPLY = "re:"
LINE_LIMIT = 900  # RFC 5322, 2.1.1: 998


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """Everything about a letter that stands in its head.

    answers: the Message-ID that it replies to; references: its thread, oldest first;
    automatic: the value of Auto-Submitted, None for a person's own words; reply_to: signed.
    """

    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    message_id: str
    at: datetime
    answers: str | None = None
    references: tuple[str, ...] = ()
    automatic: str | None = None
    reply_to: str | None = None


def build(addressed: Addressed, rendered: Rendered) -> EmailMessage:
    """The message. Raises AddressError, ValueError where an address does not stand in a header."""
    message = EmailMessage(policy=WIRE)
    message["Message-ID"] = addressed.message_id
    message["Date"] = format_datetime(addressed.at)
    message["From"] = _mailbox(addressed.sender_name, addressed.sender)
    message["To"] = _mailbox(addressed.recipient_name, addressed.recipient)
    message["Subject"] = _subject(rendered.subject, addressed)
    if addressed.reply_to:
        message["Reply-To"] = _mailbox(addressed.sender_name, addressed.reply_to)
    if addressed.answers:
        message["In-Reply-To"] = _id(addressed.answers)
    if addressed.references:
        message["References"] = " ".join(_id(reference) for reference in addressed.references)
    if addressed.automatic:
        message["Auto-Submitted"] = addressed.automatic
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text, cte=_encoding(rendered.text))
    # Given, because the standard library searches the whole letter for one.
    message.make_alternative(boundary=f"=_{new_id()}")
    message.add_alternative(rendered.html, subtype="html", cte=_encoding(rendered.html))
    return message


def _encoding(text: str) -> str:
    """Seven bits whatever the way: no server has to rewrite the letter and break its signature."""
    fits = text.isascii() and max(map(len, text.split("\n"))) <= LINE_LIMIT
    return "7bit" if fits else "base64"


def _subject(subject: str, addressed: Addressed) -> str:
    replies = addressed.answers is not None
    return f"Re: {subject}" if replies and not subject.lower().startswith(REPLY) else subject


def _mailbox(name: str, spec: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=wire_address(spec))


def wire_address(spec: str) -> str:
    """The address in ASCII, its domain in Punycode. Raises AddressError, ValueError."""
    local, _, domain = checked_spec(spec).rpartition("@")
    if not local.isascii():
        raise AddressError("not-ascii")  # RFC 6531: few servers take such a letter on
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _id(message_id: str) -> str:
    """A stranger's Message-ID, which may hold anything (reliability c8)."""
    return "<" + "".join(c for c in message_id if "!" <= c <= "~" and c not in "<>") + ">"
