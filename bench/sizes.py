"""How many bytes a ticket takes: in each table with its indexes, in each topic's log.

For `docs/scale.md`. Of tickets that were opened and answered by no more than their first letter:
each further event adds what an event takes.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg

from bench.rounds import keep
from bench.system import System

SMALLEST = 1.0
TABLES = """SELECT relname AS name, pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
COUNT = "SELECT count(*) FROM events WHERE type = 'TicketOpened'"
PARTITION = re.compile(r"(?P<topic>.+)-\d+$")


async def tables(databases: Mapping[str, str]) -> dict[str, float]:
    """Bytes by `database.table`, with indexes and TOAST, as they are without a VACUUM FULL."""
    found: dict[str, float] = {}
    for database, dsn in databases.items():
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch(TABLES)
        await connection.close()
        found |= {f"{database}.{row['name']}": row["bytes"] for row in rows}
    return found


def topics(folder: Path) -> dict[str, float]:
    """Bytes of each topic's segments in a broker's folder; its indexes are preallocated."""
    found: dict[str, float] = defaultdict(float)
    for directory in folder.iterdir():
        if (partition := PARTITION.match(directory.name)) is not None:
            with suppress(FileNotFoundError):  # a topic is being deleted
                sizes = [segment.stat().st_size for segment in directory.glob("*.log")]
                found[partition["topic"]] += sum(sizes)
    return dict(found)


async def opened(running: System) -> int:
    """Tickets so far."""
    connection = await asyncpg.connect(running.ready["databases"]["intake"])
    count: int = await connection.fetchval(COUNT)
    await connection.close()
    return count


class Sizes:
    """What was there when it began is not counted."""

    def __init__(self, running: System) -> None:
        self._running = running

    async def _all(self) -> tuple[dict[str, float], dict[str, float], int]:
        databases = self._running.ready["databases"]
        logs = await asyncio.to_thread(topics, self._running.folder / "kafka")
        return await tables(databases), logs, await opened(self._running)

    async def begin(self) -> None:
        """Before the first ticket."""
        self._before = await self._all()

    async def tell(self) -> str:
        """Bytes a ticket, the largest first; kept as the row `sizes`."""
        (was_tables, was_logs, was), (now_tables, now_logs, now) = self._before, await self._all()
        count = max(1, now - was)
        row = {
            "tickets": count,
            "tables": _each(was_tables, now_tables, count),
            "topics": _each(was_logs, now_logs, count),
        }
        keep("sizes", row)
        return "\n".join(
            [f"bytes a ticket, of {count:,}", *_lines(row["tables"]), *_lines(row["topics"])]
        )


def _each(was: Mapping[str, float], now: Mapping[str, float], count: int) -> dict[str, float]:
    grown = {name: (size - was.get(name, 0.0)) / count for name, size in now.items()}
    ordered = sorted(grown.items(), key=lambda pair: -pair[1])
    return {name: each for name, each in ordered if each >= SMALLEST}


def _lines(found: object) -> list[str]:
    sizes = found if isinstance(found, dict) else {}
    total = f"  {'together':40} {sum(sizes.values()):10,.0f}"
    return [*(f"  {name:40} {each:10,.0f}" for name, each in sizes.items()), total]
