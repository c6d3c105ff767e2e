"""The sealed store: temporary access, apart from the history (WIS-13, WIS-14).

It is read by the assigned engineer alone, and each reading is an event before it is an answer.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from reglament.errors import NotFound
from reglament.events.credentials import CredentialsErased
from reglament.events.envelope import Envelope
from reglament.sealing import Sealer

PURPOSE = "credentials"
_STORE = """
INSERT INTO credentials (ticket, id, sealed, stored_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[])
ON CONFLICT (ticket) DO UPDATE SET
    id = excluded.id, sealed = excluded.sealed, stored_at = excluded.stored_at
"""


class SealedStore:
    """One a process. Rows go in with the commit of CredentialsStored."""

    def __init__(self, pool: asyncpg.Pool, secret: str) -> None:
        """secret: the service's; the key is derived from it."""
        self._pool = pool
        self._sealer = Sealer(secret, PURPOSE)

    def row(
        self, ticket: str, credentials: str, access: str, at: Any
    ) -> tuple[str, tuple[object, ...]]:
        """The effect that keeps the access."""
        return _STORE, (ticket, credentials, self._sealer.seal(access, ticket), at)

    async def read(self, ticket: str) -> str:
        """The access that was lent. Raises NotFound, Unsealable."""
        sealed = await self._pool.fetchval(
            "SELECT sealed FROM credentials WHERE ticket = $1", ticket
        )
        if sealed is None:
            raise NotFound("credentials of ticket", ticket)
        return self._sealer.open(bytes(sealed), ticket)


class Unsealing:
    """Erased in the transaction of CredentialsErased, whatever made it."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        """Delete what the events say is gone."""
        gone = [
            envelope.event.credentials
            for envelope in envelopes
            if isinstance(envelope.event, CredentialsErased)
        ]
        if gone:
            await connection.execute("DELETE FROM credentials WHERE id = ANY($1::text[])", gone)
