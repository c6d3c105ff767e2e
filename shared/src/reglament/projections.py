"""A projection: pure rows out of events. The runner loads and saves (architecture 9)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.eventstore.batch import Inline
from reglament.eventstore.together import Together

Row = Mapping[str, Any]
Touched = Sequence[tuple[Envelope, Collection[str]]]
COLUMNS = """SELECT quote_ident(attname) AS attname FROM pg_attribute
  WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
  AND attgenerated = '' ORDER BY attnum"""


class Projection(Protocol):
    """name + version make the table `<name>_v<version>`, whose first column is `key`.

    handles: the classes of events it cares about; project: the row after the event, None: no
    row. Values are JSON-able (str, number, bool, list, dict, None); the table's columns give
    the types. Same end state for doubled, late and disordered events: sequence is in the row
    where it matters.
    """

    name: str
    version: int
    handles: Collection[type[Event]]

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The rows that the event touches."""
        ...

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event."""
        ...


def table_of(projection: Projection) -> str:
    """The table in which the projection's rows stand."""
    return f"{projection.name}_v{projection.version}"


def fold_rows(
    projection: Projection,
    before: Mapping[str, Row],
    touched: Iterable[tuple[Envelope, Collection[str]]],
) -> dict[str, Row | None]:
    """The rows that are other than before, after the events in their order. Pure."""
    rows: dict[str, Row | None] = dict(before)
    for envelope, keys in touched:
        for key in keys:
            rows[key] = projection.project(key, rows.get(key), envelope)
    return {key: row for key, row in rows.items() if row != before.get(key)}


def keys_of(touched: Touched) -> list[str]:
    """The rows that the events touch, in the order in which they are locked."""
    return sorted({key for _, found in touched for key in found})


class ProjectionRunner:
    """Loads the rows that a batch of events touches, folds, saves: two round trips a batch; in the
    transaction of the events themselves none, but to look up what does not begin there.

    A column that the row does not name becomes NULL; generated columns are left alone. Rows are
    locked in order of their keys. table: another than the live one, for a rebuild.
    """

    def __init__(self, projection: Projection, table: str | None = None) -> None:
        self.projection = projection
        self.table = table or table_of(projection)
        self._handles = frozenset(projection.handles)
        self._statement: str | None = None

    async def apply(
        self, connection: Any, envelopes: Sequence[Envelope]
    ) -> Mapping[str, Row | None]:
        """Bring the table up to these events, within the connection's transaction.

        Gives the rows that changed, None for one that is gone.
        """
        touched = self.touched(envelopes)
        keys = keys_of(touched)
        if not keys:
            return {}
        return await self.follow(connection, await self._load(connection, keys), touched)

    def touched(self, envelopes: Sequence[Envelope]) -> Touched:
        """The events that it cares about, with the rows that each touches."""
        return [
            (envelope, self.projection.keys(envelope))
            for envelope in envelopes
            if type(envelope.event) in self._handles
        ]

    async def follow(
        self, connection: Any, before: Mapping[str, Row], touched: Touched
    ) -> Mapping[str, Row | None]:
        """Fold and save. before: the rows that are there, locked; as `apply` else."""
        changed = fold_rows(self.projection, before, touched)
        await self._save(connection, changed)
        return changed

    async def _load(self, connection: Any, keys: Sequence[str]) -> dict[str, Row]:
        return (await _load_rows(connection, {self.table: keys}))[self.table]

    async def _save(self, connection: Any, rows: Mapping[str, Row | None]) -> None:
        kept = [{**row, "key": key} for key, row in sorted(rows.items()) if row is not None]
        gone = [key for key, row in rows.items() if row is None]
        if gone:
            await connection.execute(
                f"DELETE FROM {self.table} WHERE key = ANY($1::text[])",  # noqa: S608
                gone,
            )
        if kept:
            await connection.execute(
                await self._upsert(connection), msgspec.json.encode(kept).decode()
            )

    async def _upsert(self, connection: Any) -> str:
        if self._statement is None:
            self._statement = await self._statement_of(connection)
        return self._statement

    async def _statement_of(self, connection: Any) -> str:
        columns = await connection.fetch(COLUMNS, self.table)
        names = [record["attname"] for record in columns]
        updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name != "key")
        return (
            f"INSERT INTO {self.table} ({', '.join(names)}) "  # noqa: S608 - catalogue names
            f"SELECT {', '.join(names)} FROM jsonb_populate_recordset(NULL::{self.table}, $1) "
            f"ON CONFLICT (key) DO UPDATE SET {updates}"
        )


async def apply_all(
    connection: Together, effects: Sequence[Inline], envelopes: Sequence[Envelope]
) -> None:
    """Several effects: what their projections look up is one statement, as is what all write.

    Tables are locked in the order of the effects.
    """
    touched = {
        effect: found
        for effect in effects
        if isinstance(effect, ProjectionRunner) and (found := effect.touched(envelopes))
    }
    wanted = {effect.table: keys_of(found) for effect, found in touched.items()}
    before = await _load_rows(connection, wanted)
    for effect in effects:
        if not isinstance(effect, ProjectionRunner):
            await effect.apply(connection, envelopes)
        elif effect in touched:
            await effect.follow(connection, before[effect.table], touched[effect])


async def _load_rows(
    connection: Any, wanted: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Row]]:
    """The rows that are there, by table and key; what nobody need look for is not asked for."""
    new = connection.new if isinstance(connection, Together) else ()
    asked = {table: old for table, keys in wanted.items() if (old := _without(keys, new))}
    rows: dict[str, dict[str, Row]] = {table: {} for table in wanted}
    if asked:
        tables = tuple(asked)
        for one in await connection.fetch(_lookup(tables), *asked.values()):
            rows[tables[one["place"]]][one["key"]] = msgspec.json.decode(one["row"])
    return rows


def _without(keys: Sequence[str], new: Collection[str]) -> Sequence[str]:
    return [key for key in keys if key not in new] if new else keys


@lru_cache(maxsize=256)
def _lookup(tables: Sequence[str]) -> str:
    """Parts of a UNION ALL are carried out in their order, so are the locks that they take."""
    return " UNION ALL ".join(
        f"SELECT {place} AS place, t.* FROM ("  # noqa: S608 - our names
        f"SELECT key, to_jsonb(t)::text AS row FROM {table} t"
        f" WHERE key = ANY(${place + 1}::text[]) ORDER BY key FOR UPDATE) AS t"
        for place, table in enumerate(tables)
    )
