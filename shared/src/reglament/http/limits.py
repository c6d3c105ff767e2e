"""How much a caller may send: bytes a body, requests a second."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

BODY_BYTES = 1024 * 1024
ATTACHMENT_BYTES = 40 * 1024 * 1024
EXTENSION = "x-max-body-bytes"
# `@router.post(…, openapi_extra=WITH_ATTACHMENTS)` on routes that take files.
WITH_ATTACHMENTS: Mapping[str, Any] = {EXTENSION: ATTACHMENT_BYTES}
MOST_CALLERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Requests a second that a caller may keep up, and how many at once."""

    per_second: float = 5000.0
    burst: float = 10_000.0


class Allowance(NamedTuple):
    """allowed: this one may pass; remaining: whole requests left; wait: seconds until the next."""

    allowed: bool
    remaining: int
    wait: float


class TokenBuckets:
    """One bucket a caller, in memory: each replica counts for itself."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._monotonic = monotonic
        self._buckets: dict[bytes, tuple[float, float]] = {}

    def take(self, caller: bytes) -> Allowance:
        """Count one request of the caller's."""
        at = self._monotonic()
        tokens, since = self._buckets.get(caller, (self.rate.burst, at))
        tokens = min(self.rate.burst, tokens + (at - since) * self.rate.per_second)
        allowed = tokens >= 1
        if allowed:
            tokens -= 1
        if len(self._buckets) >= MOST_CALLERS:
            self._forget(at)
        self._buckets[caller] = (tokens, at)
        wait = 0.0 if allowed else (1 - tokens) / self.rate.per_second
        return Allowance(allowed=allowed, remaining=int(tokens), wait=wait)

    def _forget(self, at: float) -> None:
        """Drop the full ones; where all are in use, all start anew: memory stays bounded."""
        full_after = self.rate.burst / self.rate.per_second
        self._buckets = {
            caller: bucket
            for caller, bucket in self._buckets.items()
            if at - bucket[1] < full_after
        }
        if len(self._buckets) >= MOST_CALLERS:
            self._buckets.clear()


def caller_key(scope: Mapping[str, Any]) -> bytes:
    """Whose bucket: by the Authorization header's digest, without one by the peer's address."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hashlib.sha256(value).digest()[:16]
    client = scope.get("client")
    return str(client[0]).encode() if client else b""
