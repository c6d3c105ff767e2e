"""Every version of every desk's rules, at hand without a query (semantics 16).

The table `policies` is filled by the consumer of `reglament.policies.v1` (by intake: in the
transaction that publishes). The book reads it when told to, and once a second for what another
replica wrote.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError

from reglament.errors import NotYet
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope
from reglament.policy.model import Policy

VERSIONS = "SELECT desk, version FROM policies"
DOCUMENTS = """
SELECT p.desk, p.version, p.document::text AS document, p.digest, p.published_at
FROM policies p JOIN unnest($1::text[], $2::int[]) AS wanted(desk, version) USING (desk, version)"""
KEEP = """
INSERT INTO policies (desk, version, document, digest, published_at)
VALUES ($1, $2, $3::text::jsonb, $4, $5) ON CONFLICT DO NOTHING"""
EVERY_SECONDS = 1.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a desk's rules."""

    desk: str
    version: int
    policy: Policy
    digest: str
    published_at: datetime


async def keep_policy(connection: Any, event: PolicyPublished) -> None:
    """Write a version down, in the caller's transaction. A version is never changed."""
    await connection.execute(
        KEEP,
        event.desk,
        event.version,
        json.dumps(event.document, ensure_ascii=False),
        event.digest,
        event.at,
    )


class PolicyBook:
    """The cache of one process; an `Effect` of the consumer, and a loop of the process."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._versions: dict[tuple[str, int], PolicyVersion] = {}
        self._newest: dict[str, PolicyVersion] = {}
        self._broken: set[tuple[str, int]] = set()
        self._wanted = asyncio.Event()

    def get(self, desk: str, version: int) -> Policy:
        """The rules of that version. Raises NotYet where it has not been read yet."""
        found = self._versions.get((desk, version))
        if found is None:
            self._wanted.set()
            raise NotYet(f"policy {desk}@{version}")
        return found.policy

    def newest(self, desk: str) -> PolicyVersion:
        """The version that a new ticket gets. Raises NotYet for a desk without any."""
        found = self._newest.get(desk)
        if found is None:
            self._wanted.set()
            raise NotYet(f"policy {desk}")
        return found

    def desks(self) -> dict[str, PolicyVersion]:
        """Each desk's newest version."""
        return dict(self._newest)

    def versions(self, desk: str) -> list[PolicyVersion]:
        """All versions of a desk, oldest first."""
        found = (one for one in self._versions.values() if one.desk == desk)
        return sorted(found, key=lambda one: one.version)

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        """Write new versions down, in the consumer's transaction."""
        for envelope in envelopes:
            if isinstance(envelope.event, PolicyPublished):
                await keep_policy(connection, envelope.event)

    async def refresh(self) -> None:
        """Read what is new in the table; a version that is known is not read again."""
        self._wanted.clear()
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(VERSIONS)
            there = {(row["desk"], row["version"]) for row in rows}
            missing = sorted(there - self._versions.keys() - self._broken)
            if not missing:
                return
            rows = await connection.fetch(
                DOCUMENTS, [desk for desk, _ in missing], [version for _, version in missing]
            )
        for row in sorted(rows, key=lambda row: row["version"]):
            self._enter(row)

    async def run(self, stopping: asyncio.Event) -> None:
        """Refresh once a second, and at once when a version was missed."""
        while not stopping.is_set():
            await self.refresh()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), EVERY_SECONDS)
            if self._wanted.is_set():
                await asyncio.sleep(EVERY_SECONDS / 10)

    def _enter(self, row: Any) -> None:
        desk, version = row["desk"], row["version"]
        try:
            policy = Policy.model_validate(json.loads(row["document"]))
        except ValidationError as fault:
            self._broken.add((desk, version))
            log.error("policy_unreadable", desk=desk, version=version, fault=str(fault))  # noqa: TRY400
            return
        entry = PolicyVersion(
            desk=desk,
            version=version,
            policy=policy,
            digest=row["digest"],
            published_at=row["published_at"],
        )
        self._versions[desk, version] = entry
        newest = self._newest.get(desk)
        if newest is None or newest.version < version:
            self._newest[desk] = entry
