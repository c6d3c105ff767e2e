"""A projection thrown away and built again beside the live one (architecture 9).

Readers are never disturbed: the new rows are gathered in a table of their own, and only the last
steps (the rest of the events, the comparison, the renaming) hold up the writers of this table.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from reglament.events.envelope import Envelope
from reglament.projections import Projection, ProjectionRunner, table_of

Batches = AsyncIterator[Sequence[Envelope]]
HASH = """
SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY key COLLATE "C"), '')) FROM {table} t"""
INDEXES = """
SELECT c.relname AS name,
    regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', i.indisunique::text) AS said
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1::text::regclass ORDER BY said, name"""


class Source(Protocol):
    """Where a projection's events come from, from the first one, each subject's in order."""

    def read(self) -> Batches:
        """All events up to about now."""
        ...

    def rest(self, connection: Any) -> Batches:
        """Stop whoever writes the live table until the connection's transaction ends; then what
        `read` did not give, up to exactly what the live table knows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of a rebuild. The hashes are over all rows, by key."""

    table: str
    events: int
    live_hash: str
    new_hash: str
    swapped: bool

    @property
    def is_same(self) -> bool:
        """Whether the live table said the very same, row for row."""
        return self.live_hash == self.new_hash


async def table_hash(connection: Any, table: str) -> str:
    """One hash over all rows of a table, whatever their order on disk."""
    return str(await connection.fetchval(HASH.format(table=table)))


async def rebuild(
    projection: Projection, source: Source, connection: Any, *, swap: bool = True
) -> Rebuilt:
    """Build the projection anew from `source`, compare, and put it in the live one's place.

    connection: its own, without a statement timeout. swap=False: only compare (a shadow). The
    live table must exist (its migration made it); where it is of a new version it is empty.
    """
    live = table_of(projection)
    shadow = f"{live}__rebuild"
    await connection.execute(f"DROP TABLE IF EXISTS {shadow}")
    await connection.execute(f"CREATE TABLE {shadow} (LIKE {live} INCLUDING ALL)")
    runner = ProjectionRunner(projection, shadow)
    events = 0
    async for batch in source.read():
        async with connection.transaction():
            await runner.apply(connection, batch)
        events += len(batch)
    async with connection.transaction():
        async for batch in source.rest(connection):
            await runner.apply(connection, batch)
            events += len(batch)
        result = Rebuilt(
            table=live,
            events=events,
            live_hash=await table_hash(connection, live),
            new_hash=await table_hash(connection, shadow),
            swapped=swap,
        )
        await (_swap if swap else _drop)(connection, live, shadow)
    return result


async def _drop(connection: Any, _: str, shadow: str) -> None:
    await connection.execute(f"DROP TABLE {shadow}")


async def _swap(connection: Any, live: str, shadow: str) -> None:
    """By renaming, in the caller's transaction; the indexes keep the names of the migration."""
    names = [row["name"] for row in await connection.fetch(INDEXES, live)]
    made = [row["name"] for row in await connection.fetch(INDEXES, shadow)]
    await connection.execute(f"DROP TABLE {live}")
    await connection.execute(f"ALTER TABLE {shadow} RENAME TO {live}")
    for old, new in zip(made, names, strict=True):
        await connection.execute(f'ALTER INDEX "{old}" RENAME TO "{new}"')
