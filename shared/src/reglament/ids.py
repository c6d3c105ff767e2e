"""The only place where new identifiers are made (UUIDv7, RFC 9562: they sort by time)."""

import hashlib
import hmac
import os
import time
from dataclasses import dataclass

_RANDOM_BITS = 74


@dataclass(slots=True)
class _Latest:
    """The id made last in this process: milliseconds, and the 74 bits below them."""

    milliseconds: int = 0
    below: int = 0


_latest = _Latest()


def new_id() -> str:
    """A UUIDv7 as text, above every earlier one of this process (RFC 9562 6.2, method 2)."""
    milliseconds = time.time_ns() // 1_000_000
    below = int.from_bytes(os.urandom(10)) >> 6
    if milliseconds <= _latest.milliseconds:
        milliseconds = _latest.milliseconds
        below = _latest.below + 1 + int.from_bytes(os.urandom(4))
        milliseconds, below = milliseconds + (below >> _RANDOM_BITS), below % (1 << _RANDOM_BITS)
    _latest.milliseconds, _latest.below = milliseconds, below
    high, low = below >> 62, below & ((1 << 62) - 1)
    return _spelt(f"{milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low:032x}")


def _spelt(digits: str) -> str:
    """As str(uuid.UUID(hex=…)), in a third of its time: every request and event has one."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def pseudonym(secret: str, *parts: str) -> str:
    """The same id for the same parts, which cannot be turned back without the secret.

    A requester's id is made so from desk and address: no look-up, no address in an event.
    """
    digest = hmac.digest(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256)
    return _spelt(digest[:16].hex())
