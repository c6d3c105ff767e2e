"""API keys: 256 random bits, shown once, kept as a SHA-256; revoked everywhere within 5 s.

intake says them on `reglament.access.v1`; every service keeps the table `access_v1` and asks it
at most every `FRESH_SECONDS` for the same key.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from reglament import clock
from reglament.decider import Decider
from reglament.errors import NotFound, Refused, Violation
from reglament.events.administration import KeyIssued, KeyRole
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event
from reglament.instants import rfc3339

FRESH_SECONDS = 2.0
MOST_CACHED = 10_000
PREFIX = "rgl"
FIND = """
SELECT key, hash, role, desk, subject, expires_at, revoked_at FROM access_v1 WHERE key = $1"""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a key allows."""

    key: str
    role: KeyRole
    desk: str | None = None
    subject: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key as it is shown once: `token` = rgl_<id without dashes>_<secret>, `hash` is kept."""

    id: str
    token: str
    hash: str


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_key(key: str) -> NewKey:
    """A fresh token for the key id (a UUID)."""
    token = f"{PREFIX}_{key.replace('-', '')}_{secrets.token_urlsafe(32)}"
    return NewKey(id=key, token=token, hash=digest(token))


def key_of(token: str) -> str | None:
    """The key id that a token names; None where it is no token of ours."""
    prefix, _, rest = token.partition("_")
    digits, _, secret = rest.partition("_")
    if prefix != PREFIX or not secret or len(digits) != 32 or not digits.isalnum():
        return None
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)


class AccessProjection:
    """KeyIssued -> a row of `access_v1`; the highest sequence wins, so disorder does no harm."""

    name = "access"
    version = 1
    handles: Collection[type[Event]] = (KeyIssued,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The row of the key."""
        return (envelope.event.key,) if isinstance(envelope.event, KeyIssued) else ()

    def project(
        self, key: str, row: Mapping[str, Any] | None, envelope: Envelope
    ) -> Mapping[str, Any] | None:
        """The key's newest state."""
        event = envelope.event
        if not isinstance(event, KeyIssued) or (row and row["sequence"] >= envelope.sequence):
            return row
        return {
            "key": key,
            "hash": event.hash,
            "role": event.role,
            "desk": event.desk,
            "subject": event.subject,
            "expires_at": _text(event.expires_at),
            "revoked_at": _text(event.revoked_at),
            "issued_at": (row or {}).get("issued_at") or _text(event.at),
            "sequence": envelope.sequence,
        }


def _text(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


class AccessBook:
    """Tokens -> what they allow. A found key is believed for `FRESH_SECONDS`; a missing never."""

    def __init__(self, pool: Any, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, Grant]] = {}

    async def find(self, token: str) -> Grant | None:
        """What the token allows now; None: unknown, expired or revoked."""
        given = digest(token)
        grant = self._cached(given) or await self._read(token, given)
        if grant is None or (grant.expires_at is not None and grant.expires_at <= clock.now()):
            return None
        return grant

    def _cached(self, given: str) -> Grant | None:
        until, grant = self._cache.get(given, (0.0, None))
        return grant if until > self._monotonic() else None

    async def _read(self, token: str, given: str) -> Grant | None:
        key = key_of(token)
        if key is None:
            return None
        asked = self._monotonic()
        row = await self._pool.fetchrow(FIND, key)
        self._cache.pop(given, None)
        if row is None or row["revoked_at"] is not None:
            return None
        if not hmac.compare_digest(row["hash"], given):
            return None
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        grant = Grant(
            key=row["key"],
            role=row["role"],
            desk=row["desk"],
            subject=row["subject"],
            expires_at=row["expires_at"],
        )
        self._cache[given] = (asked + FRESH_SECONDS, grant)
        return grant


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueKey:
    """A new key. desk: needed by every role but admin."""

    at: datetime
    actor: Actor
    key: str
    hash: str
    role: KeyRole
    desk: str | None = None
    subject: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeKey:
    """The key is good no more."""

    at: datetime
    actor: Actor
    key: str


def _decide(command: IssueKey | RevokeKey, state: KeyIssued | None) -> Sequence[Event]:
    if isinstance(command, IssueKey):
        return () if state is not None else _issue(command)
    if state is None:
        raise NotFound("key", command.key)
    if state.revoked_at is not None:
        return ()
    return (
        msgspec.structs.replace(state, at=command.at, actor=command.actor, revoked_at=command.at),
    )


def _issue(command: IssueKey) -> Sequence[Event]:
    violations = []
    if (command.desk is None) != (command.role == "admin"):
        violations.append(Violation(rule="key-scope", field="desk", detail=command.role))
    if command.role in ("agent", "requester") and not command.subject:
        violations.append(Violation(rule="key-subject", field="subject", detail=command.role))
    if command.expires_at is not None and command.expires_at <= command.at:
        violations.append(Violation(rule="key-expiry", field="expires_at", detail="past"))
    if violations:
        raise Refused(violations, "key-refused")
    return (
        KeyIssued(
            at=command.at,
            actor=command.actor,
            key=command.key,
            hash=command.hash,
            role=command.role,
            desk=command.desk,
            subject=command.subject,
            expires_at=command.expires_at,
        ),
    )


def _evolve(state: KeyIssued | None, event: Event) -> KeyIssued | None:
    return event if isinstance(event, KeyIssued) else state


KEYS: Decider[IssueKey | RevokeKey, KeyIssued | None] = Decider(
    decide=_decide, evolve=_evolve, initial_state=None
)
