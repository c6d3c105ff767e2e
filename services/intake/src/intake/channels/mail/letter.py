"""What a received letter says, once read. Data only: names and types in it are never trusted."""

from datetime import datetime
from typing import Literal

import msgspec

DeliveryStatus = Literal["delivered", "delayed", "failed"]


class LetterFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment. `name` and `declared_type` are the sender's words; `format` is found."""

    name: str
    declared_type: str
    format: str
    size: int
    content: bytes
    packed: tuple[str, ...] = ()


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a delivery report says of one letter. `status` is the worst of its recipients'.

    is_complaint: somebody called it spam; so it did arrive.
    """

    status: DeliveryStatus
    message_ids: tuple[str, ...] = ()
    recipient: str | None = None
    code: str | None = None
    is_complaint: bool = False


class Signals(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a machine's letter from a person's; header values in lower case."""

    return_path: str | None = None  # "" for the null path
    auto_submitted: str | None = None
    precedence: str | None = None
    list_id: bool = False
    listed: bool = False  # any List-*
    suppress: bool = False
    loop: bool = False
    vacation: bool = False
    failed_recipients: str | None = None
    content_type: str = "text/plain"
    part_types: tuple[str, ...] = ()
    calendar_reply: bool = False
    read_receipt: bool = False


class ParsedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as read in the worker process.

    sender: the one addr-spec of From; else None, and `sender_fault` says why.
    text: the whole body. fresh: without the quoted history. digest: the same for a second copy of
    the letter, whatever path it took. authentication: Authentication-Results, topmost first.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: str | None
    sender_name: str
    sender_fault: str | None
    recipients: tuple[str, ...]
    subject: str
    date: datetime | None
    language: str | None
    text: str
    fresh: str
    html: str | None
    attachments: tuple[LetterFile, ...]
    authentication: tuple[str, ...]
    signals: Signals
    report: DeliveryReport | None
    digest: str
