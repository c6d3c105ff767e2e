"""The tables of a rebuild: the new one beside the live one, compared, in its place."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

# Row by row; twice as fast as over the rows' texts.
HASH = """
SELECT md5(coalesce(
    string_agg(hash_record_extended(t, 0)::text, ',' ORDER BY key COLLATE "C"), ''))
FROM {table} t"""
DIFFERING = """
SELECT key, to_jsonb(l)::text AS live, to_jsonb(n)::text AS new
FROM {live} l FULL JOIN {new} n USING (key) WHERE l::text IS DISTINCT FROM n::text
ORDER BY key COLLATE "C" LIMIT $1"""
DIFFERING_OF = """
SELECT key, to_jsonb(l)::text AS live, to_jsonb(n)::text AS new
FROM (SELECT * FROM {live} WHERE key = ANY($2::text[])) l
FULL JOIN (SELECT * FROM {new} WHERE key = ANY($2::text[])) n USING (key)
WHERE l::text IS DISTINCT FROM n::text ORDER BY key COLLATE "C" LIMIT $1"""
INDEXES = """
SELECT c.relname AS name,
    regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', i.indisunique::text) AS said
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1::text::regclass ORDER BY said, name"""
OLD = "__old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A row that came out otherwise: its columns; None: not there."""

    key: str
    live: dict[str, Any] | None
    new: dict[str, Any] | None


def new_of(live: str) -> str:
    """The table that is built."""
    return f"{live}__new"


async def prepare(connection: Any, live: str) -> None:
    """An empty table of the live one's shape; what an interrupted rebuild left goes."""
    await drop(connection, live)
    await connection.execute(f"CREATE TABLE {new_of(live)} (LIKE {live} INCLUDING ALL)")


async def drop(connection: Any, live: str) -> None:
    """All but the live table."""
    await connection.execute(f"DROP TABLE IF EXISTS {new_of(live)}, {live}{OLD}")


async def table_hash(connection: Any, table: str) -> str:
    """One hash over all rows of a table, whatever their order on disk."""
    return str(await connection.fetchval(HASH.format(table=table)))


async def count(connection: Any, table: str) -> int:
    """How many rows it has."""
    return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our name


async def differing(
    connection: Any, live: str, *, limit: int, only: Collection[str] | None = None
) -> tuple[Differing, ...]:
    """The first rows, by key, that are not the same in both; `only`: of these keys."""
    statement = DIFFERING if only is None else DIFFERING_OF
    rows = await connection.fetch(
        statement.format(live=live, new=new_of(live)),
        limit,
        *([] if only is None else [list(only)]),
    )
    return tuple(
        Differing(key=row["key"], live=_columns(row["live"]), new=_columns(row["new"]))
        for row in rows
    )


def _columns(row: str | None) -> dict[str, Any] | None:
    return None if row is None else msgspec.json.decode(row)


async def swap(connection: Any, live: str) -> None:
    """By renaming, in the caller's transaction; the indexes keep the names of the migration."""
    names = [row["name"] for row in await connection.fetch(INDEXES, live)]
    made = [row["name"] for row in await connection.fetch(INDEXES, new_of(live))]
    await connection.execute(f"ALTER TABLE {live} RENAME TO {live}{OLD}")
    await connection.execute(f"ALTER TABLE {new_of(live)} RENAME TO {live}")
    for new, name in zip(made, names, strict=True):
        await connection.execute(f'ALTER INDEX "{name}" RENAME TO "{name}{OLD}"')
        await connection.execute(f'ALTER INDEX "{new}" RENAME TO "{name}"')
