"""One IMAP connection to one mailbox. Blocking: the reader calls it in a thread."""

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from imaplib import IMAP4

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from intake.channels.mail.limits import SIZE_LIMIT
from intake.letters.store import Fetched

TLS_PORT = 993
TIMEOUT_SECONDS = 20.0
AT_ONCE_LIMIT = 16 * 1024 * 1024  # octets
FAULTS = (OSError, IMAP4.error, ImapToolsError, socket.timeout)
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")
_UID = re.compile(rb"\bUID (\d{1,15})")
_BEGIN = re.compile(rb"\d{1,15} \(")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATE = re.compile(rb'INTERNALDATE "([^"]{10,40})"')


class Unreachable(ConnectionError):
    """The mailbox cannot be read now; the text says why, without any password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAddress:
    """A desk's mailbox and the password that opens it."""

    desk: str
    address: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One letter's part of a FETCH: what the server says of it, and its bytes."""

    said: bytes
    literal: bytes

    @property
    def uid(self) -> int | None:
        """Its number in the mailbox."""
        match = _UID.search(self.said)
        return None if match is None else int(match.group(1))

    @property
    def size(self) -> int | None:
        """Its size in octets, where that was asked for."""
        match = _SIZE.search(self.said)
        return None if match is None else int(match.group(1))

    @property
    def taken_at(self) -> datetime | None:
        """When the server took it, where that was asked for."""
        match = _DATE.search(self.said)
        return None if match is None else _internal_date(match.group(1))


class ImapSession:
    """An open connection with INBOX selected. Raises one of FAULTS when it is lost."""

    def __init__(self, server: str, mailbox: MailboxAddress) -> None:
        host, _, port = server.rpartition(":")
        box: BaseMailBox
        if int(port) == TLS_PORT:
            box = MailBox(host, int(port), timeout=TIMEOUT_SECONDS)
        else:
            box = MailBoxUnencrypted(host, int(port), timeout=TIMEOUT_SECONDS)
        self._box = box
        try:
            box.login(mailbox.address, mailbox.password or mailbox.address, initial_folder="INBOX")
        except FAULTS as error:
            self.close()
            raise Unreachable(type(error).__name__) from error
        self._has_idle = "IDLE" in box.client.capabilities

    def select(self) -> int:
        """Look at INBOX anew; its UIDVALIDITY."""
        self._box.folder.set("INBOX")
        (value,) = self._box.client.response("UIDVALIDITY")[1] or (b"0",)
        return int(value or 0)

    def new_uids(self, above: int) -> list[int]:
        """Letters above the uid read last, and any that nobody has seen."""
        found = set(self._search("UNSEEN"))
        if above:
            found |= {uid for uid in self._search("UID", f"{above + 1}:*") if uid > above}
        return sorted(found)

    def _search(self, *criteria: str) -> list[int]:
        _, data = self._box.client.uid("SEARCH", *criteria)
        return [int(uid) for uid in (data[0] or b"").split()]

    def fetch(self, uidvalidity: int, uids: Sequence[int]) -> list[Fetched]:
        """Letters whole (of one above the limit, the part that shows it), in the order asked for,
        as many as memory bears; those gone left out.

        Two round trips, and one more for each letter above the limit.
        """
        sizes = {
            uid: size
            for uid, record in self._records(uids, "(UID RFC822.SIZE)").items()
            if (size := record.size) is not None
        }
        now = _first(uids, sizes)
        small = [uid for uid in now if sizes[uid] <= SIZE_LIMIT]
        found = self._records(small, "(UID INTERNALDATE BODY.PEEK[])")
        for uid in set(now) - set(small):
            found |= self._records([uid], f"(UID INTERNALDATE BODY.PEEK[]<0.{SIZE_LIMIT + 1}>)")
        return [
            Fetched(uidvalidity=uidvalidity, uid=uid, raw=found[uid].literal, received_at=taken)
            for uid in now
            if uid in found and (taken := found[uid].taken_at) is not None
        ]

    def _records(self, uids: Sequence[int], what: str) -> dict[int, Record]:
        """The server's answer by uid; what it says unasked (other flags) does no harm."""
        if not uids:
            return {}
        status, data = self._box.client.uid("FETCH", _numbers(uids), what)
        if status != "OK":
            raise Unreachable(f"FETCH {status}")
        return records(data)

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Acknowledge: these are stored and committed."""
        if uids:
            self._box.client.uid("STORE", _numbers(uids), "+FLAGS.SILENT", r"(\Seen)")

    def seen_before(self, day: date) -> list[int]:
        """Letters that were acknowledged, and taken by the server before that day."""
        return self._search("SEEN", "BEFORE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def remove(self, uids: Sequence[int]) -> None:
        """Take these out of the mailbox, and no others where the server can tell them apart."""
        if not uids:
            return
        client, numbers = self._box.client, _numbers(uids)
        client.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in client.capabilities:
            client.uid("EXPUNGE", numbers)
        else:
            client.expunge()

    def wait(self, seconds: float) -> None:
        """Until something happens in the mailbox, at most so long."""
        if self._has_idle:
            self._box.idle.wait(timeout=seconds)

    @property
    def has_idle(self) -> bool:
        """Whether `wait` waits; else the caller has to."""
        return self._has_idle

    def close(self) -> None:
        """End the connection, whatever state it is in."""
        try:
            self._box.client.shutdown()
        except FAULTS:
            return


def records(data: Sequence[object]) -> dict[int, Record]:
    """What imaplib makes of a FETCH: text before a literal, the literal, text after it, ..."""
    said: list[bytes] = []
    literals: list[bytes] = []
    for piece in data:
        text = piece[0] if isinstance(piece, tuple) else piece
        if not isinstance(text, bytes):
            continue
        if _BEGIN.match(text) or not said:
            said.append(b"")
            literals.append(b"")
        said[-1] += text
        if isinstance(piece, tuple):
            literals[-1] = bytes(piece[1])
    found: dict[int, Record] = {}
    for text, literal in zip(said, literals, strict=True):
        record = Record(said=text, literal=literal)
        if record.uid is not None and (record.uid not in found or literal):
            found[record.uid] = record
    return found


def _first(uids: Sequence[int], sizes: Mapping[int, int]) -> list[int]:
    """Of those that are there, one at least, no more octets at once than the limit."""
    chosen: list[int] = []
    octets = 0
    for uid in uids:
        if uid not in sizes:
            continue
        octets += sizes[uid]
        if chosen and octets > AT_ONCE_LIMIT:
            break
        chosen.append(uid)
    return chosen


def _numbers(uids: Sequence[int]) -> str:
    return ",".join(str(uid) for uid in uids)


def _internal_date(text: bytes) -> datetime:
    """`17-Jul-1996 02:44:25 -0700` as an instant in UTC."""
    found = parsedate_to_datetime(text.decode("ascii", "replace").replace("-", " ", 2).strip())
    offset = found.utcoffset() or timedelta()
    return (found.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
