"""The only place where new identifiers are made (UUIDv7, RFC 9562: they sort by time)."""

import hashlib
import hmac
import os
import time
import uuid


def new_id() -> str:
    """A UUIDv7 as text."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    text = f"{number:032x}"  # as uuid.UUID would have it, in half the time
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def pseudonym(secret: str, *parts: str) -> str:
    """The same id for the same parts, which cannot be turned back without the secret.

    A requester's id is made so from desk and address: no look-up, no address in an event.
    """
    digest = hmac.digest(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256)
    return str(uuid.UUID(bytes=digest[:16]))
