"""`python -m reglament_local backup`: what cannot be rebuilt, of all four databases at one moment.

Left out is what is made again: read models (built from Kafka), the outbox and how far Kafka was
read. Beside the dumps stand the stack's secrets, without which sealed access and pseudonyms are
lost, and what each read model's rows were; above them the erasure list, which outlives every
backup. Dumps are made while the system runs.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from reglament.clock import now
from reglament.instants import rfc3339
from reglament.rebuild_tables import table_hash
from reglament_local.console import say
from reglament_local.erasure_list import keep_erasures
from reglament_local.errors import StackError
from reglament_local.postgres import binary, client_environ
from reglament_local.processes import Recipe, run_once
from reglament_local.secrets_file import DATABASES, write_private

MANIFEST, ROOTS = "manifest.json", "roots"
KEPT_FILES = ("secrets.json", "published.json")
STAMP = "%Y%m%dT%H%M%SZ"
MADE_AGAIN = ("pending", "consumer_offset")
# Nobody appends while the snapshots are taken: so no service knows an event that its source's
# dump does not hold. It takes milliseconds; writers wait.
HOLD = "LOCK TABLE events IN SHARE MODE"
STREAMS = """
SELECT count(*) AS streams, coalesce(sum(version), 0)::bigint AS events,
    md5(coalesce(string_agg(stream || version || head, ',' ORDER BY stream COLLATE "C"), ''))
    AS heads
FROM streams"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The system that is backed up: as its ready.json says."""

    ready: Mapping[str, Any]
    run: Path

    def admin(self, service: str) -> httpx.AsyncClient:
        """Speaks to a service as the admin."""
        return httpx.AsyncClient(
            base_url=f"{self.ready[service]}/v1",
            headers={"Authorization": f"Bearer {self.ready['keys']['admin']}"},
            trust_env=False,
            timeout=60,
        )


def running_in(run: Path) -> Running:
    """Raises StackError where nothing runs from that folder."""
    file = run / "ready.json"
    if not file.exists():
        raise StackError(f"nothing runs from {run}", "start it with `make run`")
    return Running(ready=json.loads(file.read_text()), run=run)


async def back_up(run: Path, backups: Path, days: int) -> Path:
    """A new folder of `backups`, whole or not there; older ones than `days` are removed."""
    running, at = running_in(run), now()
    folder = backups / at.strftime(STAMP)
    making = backups / f"{folder.name}.part"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    try:
        services = await _dumped(running, making)
        await asyncio.to_thread(carry, run, making)
        manifest = json.dumps({"at": rfc3339(at), "services": services}, indent=1)
        write_private(making / MANIFEST, manifest)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    erased = await keep_erasures(running.admin("intake"), backups)
    removed = remove_old(backups, at - timedelta(days=days))
    _say(folder, services, erased, removed)
    return folder


def carry(source: Path, target: Path) -> None:
    """What of a stack stands in no database: secrets, keys, the daily roots of all histories."""
    for name in KEPT_FILES:
        if (source / name).exists():
            write_private(target / name, (source / name).read_text())
    if (source / ROOTS).exists():
        shutil.copytree(source / ROOTS, target / ROOTS, dirs_exist_ok=True)


async def _dumped(running: Running, folder: Path) -> dict[str, Any]:
    tables = {name: await _read_models(running, name) for name in DATABASES}
    databases: Mapping[str, str] = running.ready["databases"]
    async with _snapshots(databases) as snapshots:
        dumps = (
            _dump(databases[name], folder / f"{name}.dump", snapshots[name].id, tables[name])
            for name in DATABASES
        )
        await asyncio.gather(*dumps)
        return {name: await snapshots[name].told(tables[name]) for name in DATABASES}


async def _read_models(running: Running, service: str) -> list[str]:
    async with running.admin(service) as client:
        answer = await client.get("/operations/projections")
        answer.raise_for_status()
        return [one["table"] for one in answer.json()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A database at the moment of the backup."""

    id: str
    connection: Any

    async def told(self, tables: Sequence[str]) -> dict[str, Any]:
        """What a restored one is compared with."""
        return await state_of(self.connection, tables)


async def state_of(connection: Any, tables: Sequence[str]) -> dict[str, Any]:
    """How many streams and events there are, a hash over their heads, one of each read model."""
    found = dict(await connection.fetchrow(STREAMS))
    hashes = {table: await table_hash(connection, table) for table in sorted(tables)}
    return {**found, "read_models": hashes}


@asynccontextmanager
async def _snapshots(databases: Mapping[str, str]) -> AsyncIterator[dict[str, Snapshot]]:
    async with AsyncExitStack() as stack:
        held = [await _connected(stack, dsn) for dsn in databases.values()]
        for connection in held:
            await connection.execute("BEGIN; SET LOCAL lock_timeout = '10s'")
            await connection.execute(HOLD)
        found = {}
        for name, dsn in databases.items():
            connection = await _connected(stack, dsn)
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            identity = await connection.fetchval("SELECT pg_export_snapshot()")
            found[name] = Snapshot(id=identity, connection=connection)
        for connection in held:
            await connection.execute("ROLLBACK")
        yield found


async def _connected(stack: AsyncExitStack, dsn: str) -> Any:
    connection = await asyncpg.connect(dsn, timeout=10)
    stack.push_async_callback(connection.close, timeout=5)
    return connection


async def _dump(dsn: str, file: Path, snapshot: str, left_out: Sequence[str]) -> None:
    words = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
    without = tuple(f"--exclude-table-data={table}" for table in (*left_out, *MADE_AGAIN))
    recipe = Recipe(
        name=f"pg_dump-{file.stem}",
        command=(binary("pg_dump"), *words, *without, f"--file={file}"),
        environ=client_environ(dsn),
    )
    log = file.with_suffix(".log")
    await run_once(recipe, log)
    await asyncio.to_thread(_settle, file, log)


def _settle(file: Path, log: Path) -> None:
    file.chmod(0o600)
    log.unlink(missing_ok=True)


def remove_old(backups: Path, before: datetime) -> list[str]:
    """Backups older than that go; what was erased stands in them until then."""
    old = [folder for folder in folders_of(backups) if folder.name < before.strftime(STAMP)]
    for folder in old:
        shutil.rmtree(folder)
    return [folder.name for folder in old]


def folders_of(backups: Path) -> list[Path]:
    """The whole ones, the oldest first."""
    return sorted(file.parent for file in backups.glob(f"*Z/{MANIFEST}"))


def _say(
    folder: Path, services: Mapping[str, Mapping[str, Any]], erased: int, removed: Sequence[str]
) -> None:
    for name, told in services.items():
        size = (folder / f"{name}.dump").stat().st_size
        say(f"{name:12} {told['streams']:8} streams {told['events']:9} events {size:12} bytes")
    say(f"{erased} erasures on the list, {len(removed)} old backups removed\n{folder}")
