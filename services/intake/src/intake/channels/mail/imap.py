"""One IMAP connection to one mailbox. Blocking: the reader calls it in a thread."""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from imaplib import IMAP4

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from intake.channels.mail.limits import SIZE_LIMIT
from intake.letters.store import Fetched

TLS_PORT = 993
TIMEOUT_SECONDS = 20.0
FAULTS = (OSError, IMAP4.error, ImapToolsError, socket.timeout)
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")
_DATE = re.compile(rb'INTERNALDATE "([^"]{10,40})"')


class Unreachable(ConnectionError):
    """The mailbox cannot be read now; the text says why, without any password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAddress:
    """A desk's mailbox and the password that opens it."""

    desk: str
    address: str
    password: str


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

    def fetch(self, uidvalidity: int, uid: int) -> Fetched | None:
        """A letter whole (of one above the limit, the part that shows it); None: it is gone."""
        meta = self._fetch(uid, "(INTERNALDATE RFC822.SIZE)")
        size = _SIZE.search(meta[0])
        taken = _DATE.search(meta[0])
        if size is None:
            return None
        is_large = int(size.group(1)) > SIZE_LIMIT
        part = f"BODY.PEEK[]<0.{SIZE_LIMIT + 1}>" if is_large else "BODY.PEEK[]"
        _, raw = self._fetch(uid, f"({part})")
        at = _internal_date(taken.group(1)) if taken else datetime.fromtimestamp(0, UTC)
        return Fetched(uidvalidity=uidvalidity, uid=uid, raw=raw, received_at=at)

    def _fetch(self, uid: int, what: str) -> tuple[bytes, bytes]:
        """What the server says before a literal, and the literal."""
        _, data = self._box.client.uid("FETCH", str(uid), what)
        said, literal = b"", b""
        for piece in data:
            if isinstance(piece, tuple):
                said += bytes(piece[0])
                literal = bytes(piece[1])
            elif isinstance(piece, bytes):
                said += piece
        return said, literal

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Acknowledge: these are stored and committed."""
        if uids:
            numbers = ",".join(str(uid) for uid in uids)
            self._box.client.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Seen)")

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


def _internal_date(text: bytes) -> datetime:
    """`17-Jul-1996 02:44:25 -0700` as an instant in UTC."""
    found = parsedate_to_datetime(text.decode("ascii", "replace").replace("-", " ", 2).strip())
    offset = found.utcoffset() or timedelta()
    return (found.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
