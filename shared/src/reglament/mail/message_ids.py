"""Our own Message-IDs and reply addresses: signed, so that they need no look-up (semantics 19).

A Message-ID is `<ticket.effect.SIGNATURE@domain>`, a reply address `local+TICKETSIGNATURE@domain`.
Signatures are HMAC-SHA-256 cut to 128 bits; all comparing is in constant time (reliability c1).
"""

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OURS = re.compile(
    r"<?\s*([0-9a-f-]{36})\.([A-Za-z0-9_-]{1,64})\.([0-9a-f]{32})@([A-Za-z0-9.-]{1,253})\s*>?",
    re.IGNORECASE,
)
_SIGNED_LOCAL = re.compile(r"([^+@\s]{1,64})\+([a-z2-7]{26})([a-z2-7]{26})", re.IGNORECASE)
LOCAL_PART_LIMIT = 64  # RFC 5321, 4.5.3.1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessageId:
    """A Message-ID that this installation has written: about which ticket, for which effect."""

    ticket: str
    effect: str


def _signature(secret: str, purpose: str, *parts: str) -> bytes:
    text = "\x1f".join((purpose, *parts))
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha256)[:16]


def effect_token(effect: str) -> str:
    """The effect as it stands in a Message-ID: itself where it is plain, else a digest of it."""
    if _PLAIN.fullmatch(effect):
        return effect
    return hashlib.sha256(effect.encode()).hexdigest()[:32]


def message_id(secret: str, *, ticket: str, effect: str, domain: str) -> str:
    """The Message-ID of one letter, angle brackets included.

    The same ticket and effect give the same id at every try (WIS-04). `ticket` is a UUID.
    """
    token, host = effect_token(effect), domain.lower()
    signature = _signature(secret, "message-id", ticket.lower(), token, host).hex()
    return f"<{ticket.lower()}.{token}.{signature}@{host}>"


def own_message_id(secret: str, value: str) -> OwnMessageId | None:
    """What our Message-ID `value` says; None for anybody else's and for a forged one."""
    match = _OURS.fullmatch(value.strip())
    if match is None:
        return None
    ticket, effect, signature, domain = match.groups()
    expected = _signature(secret, "message-id", ticket.lower(), effect, domain.lower()).hex()
    if not hmac.compare_digest(expected, signature.lower()):
        return None
    return OwnMessageId(ticket=ticket.lower(), effect=effect)


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def reply_address(secret: str, *, ticket: str, mailbox: str) -> str:
    """The address to which an answer about `ticket` goes, made of the desk's `mailbox`.

    Where it would be longer than RFC 5321 allows, the mailbox itself: threading then goes by
    Message-ID. Raises ValueError where the ticket is no UUID or the mailbox no address.
    """
    local, at, domain = mailbox.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("a mailbox is local@domain")
    identifier = uuid.UUID(ticket)
    signature = _signature(secret, "reply", str(identifier), mailbox.lower())
    signed = f"{local}+{_base32(identifier.bytes)}{_base32(signature)}"
    return f"{signed if len(signed) <= LOCAL_PART_LIMIT else local}@{domain}"


def own_reply_address(secret: str, address: str) -> str | None:
    """The ticket that a signed reply address names; None for a plain or a forged one."""
    local, _, domain = address.strip().rpartition("@")
    match = _SIGNED_LOCAL.fullmatch(local)
    if match is None:
        return None
    box, identifier, signature = match.groups()
    try:
        ticket = str(uuid.UUID(bytes=base64.b32decode(identifier.upper() + "======")))
        given = base64.b32decode(signature.upper() + "======")
    except (binascii.Error, ValueError):
        return None
    expected = _signature(secret, "reply", ticket, f"{box}@{domain}".lower())
    return ticket if hmac.compare_digest(expected, given) else None
