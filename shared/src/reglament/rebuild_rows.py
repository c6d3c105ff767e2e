"""Rows of a table that is built from nothing, and that nobody else writes (architecture 9).

What was never written need not be looked for and meets nothing: it is copied in. Only a key that
may have been written before is looked up and written as the live table's rows are.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from reglament.events.envelope import Envelope
from reglament.ids import new_id
from reglament.projections import Projection, ProjectionRunner, Row, fold_rows

# Two places a key: 16 MB, whatever the number of keys. Of ten million, one look-up in fifty is
# in vain; of a hundred million, three in five.
BITS = 27
# Rows that are sent before others may work: PostgreSQL takes them in meanwhile.
A_CHUNK = 100
COLUMNS = """
SELECT attname AS name, atttypid = 'jsonb'::regtype AS is_json,
    typcategory IN ('A', 'C') OR atttypid = 'json'::regtype AS is_made
FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum"""
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
# What stands for NULL: no value is this word, so that none has to be compared with it.
NULL = new_id()
Columns = Sequence[tuple[str, bool]]
_encode = msgspec.json.Encoder().encode


class Known:
    """Keys that were written. Never wrong of one that was; sometimes of one that was not."""

    def __init__(self, bits: int) -> None:
        self._bits, self._size, self._mask = bytearray(1 << (bits - 3)), bits, (1 << bits) - 1

    def add(self, keys: Iterable[str]) -> None:
        """They were written."""
        bits, size, mask = self._bits, self._size, self._mask
        for key in keys:
            spread = hash(key)
            one, other = spread & mask, spread >> size & mask
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)

    def among(self, keys: Iterable[str]) -> set[str]:
        """Those of them that may have been written."""
        bits, size, mask = self._bits, self._size, self._mask
        found = set()
        for key in keys:
            spread = hash(key)
            one, other = spread & mask, spread >> size & mask
            if bits[one >> 3] >> (one & 7) & 1 and bits[other >> 3] >> (other & 7) & 1:
                found.add(key)
        return found


class NewTable(ProjectionRunner):
    """Runs a projection into a table that was empty at first. bits: memory for its keys."""

    def __init__(self, projection: Projection, table: str, bits: int = BITS) -> None:
        super().__init__(projection, table)
        self._known = Known(bits)
        self._columns: Columns | None = None

    async def apply(
        self, connection: Any, envelopes: Sequence[Envelope]
    ) -> Mapping[str, Row | None]:
        """The same rows as of the live table, in fewer steps."""
        handles, keys_of = frozenset(self.projection.handles), self.projection.keys
        touched = [(one, keys_of(one)) for one in envelopes if type(one.event) in handles]
        known = self._known.among({key for _, keys in touched for key in keys})
        changed = fold_rows(self.projection, await self._load(connection, sorted(known)), touched)
        columns = await self._copied(connection)
        fresh = {key: row for key, row in changed.items() if key not in known} if columns else {}
        if len(fresh) < len(changed):
            await self._save(connection, {key: changed[key] for key in changed.keys() - fresh})
        if fresh:
            await self._copy(connection, fresh, columns)
        self._known.add(changed)
        return changed

    async def _copied(self, connection: Any) -> Columns:
        """Name, and whether it is JSON; none where a column's text is not its value's."""
        if self._columns is None:
            found = await connection.fetch(COLUMNS, self.table)
            is_plain = not any(column["is_made"] for column in found)
            self._columns = [(one["name"], one["is_json"]) for one in found if is_plain]
        return self._columns

    async def _copy(
        self, connection: Any, rows: Mapping[str, Row | None], columns: Columns
    ) -> None:
        """In pieces: PostgreSQL takes one in, and others work here, while the next is made."""
        values = [{**row, "key": key} for key, row in rows.items() if row is not None]

        async def sent() -> AsyncIterator[bytes]:
            for start in range(0, len(values), A_CHUNK):
                yield copied([_texts(row, columns) for row in values[start : start + A_CHUNK]])
                await asyncio.sleep(0)

        names = [name for name, _ in columns]
        await connection.copy_to_table(self.table, source=sent(), columns=names, null=NULL)


def _texts(row: Row, columns: Columns) -> list[str]:
    """As PostgreSQL reads them."""
    return [
        NULL
        if (value := row.get(name)) is None
        else value
        if value.__class__ is str and not is_json
        else _encode(value).decode()
        for name, is_json in columns
    ]


def copied(rows: Collection[Sequence[str]]) -> bytes:
    """Rows of so many texts in the text format of COPY. Few have anything to be escaped."""
    text = "".join(["\t".join(row) + "\n" for row in rows])
    tabs = sum(len(row) - 1 for row in rows)
    counted = (text.count("\\"), text.count("\r"), text.count("\t"), text.count("\n"))
    if counted != (0, 0, tabs, len(rows)):
        told = ("\t".join([each.translate(ESCAPES) for each in row]) + "\n" for row in rows)
        text = "".join(told)
    return text.encode()
