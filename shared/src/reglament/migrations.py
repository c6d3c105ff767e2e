"""Brings a database to the schema of this release: numbered SQL files, each applied once."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

import asyncpg

LOCK = 0x5265676C  # "Regl": one migration of a database at a time
CONNECT_SECONDS = 5.0
FILE_SECONDS = 600.0
LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    package text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (package, name)
)"""


class MigrationEdited(RuntimeError):
    """A file was changed after it was applied: write a new one instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file, `0001_events.sql`, of a package of migrations."""

    package: str
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """By which a later edit shows."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def found_in(package: str) -> list[Migration]:
    """The package's .sql files in order of their numbers. Raises ModuleNotFoundError."""
    files = (entry for entry in resources.files(package).iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(package=package, name=file.name, sql=file.read_text("utf-8"))
        for file in sorted(files, key=lambda file: file.name)
    ]


async def migrate(database: Any, packages: Iterable[str], lock_seconds: int = 60) -> list[str]:
    """Apply what is missing, package after package; gives the names of what was applied.

    database: a pool, or a DSN.
    Each file is one transaction. Replicas that start together wait for the first, at most
    `lock_seconds`. Raises MigrationEdited before anything is changed, asyncpg's errors else.
    """
    wanted = [migration for package in packages for migration in found_in(package)]
    async with _connection(database) as connection:
        await connection.execute(f"SET lock_timeout = '{lock_seconds}s'")
        await connection.execute("SET statement_timeout = 0; SET transaction_timeout = 0")
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK, timeout=lock_seconds)
        await connection.execute(LEDGER)
        missing = await _missing(connection, wanted)
        for migration in missing:
            await _apply(connection, migration)
    return [f"{migration.package}/{migration.name}" for migration in missing]


@asynccontextmanager
async def _connection(database: Any) -> AsyncIterator[Any]:
    """One that is closed at the end, and with it its lock and settings."""
    if isinstance(database, str):
        connection = await asyncpg.connect(database, timeout=CONNECT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close()
        return
    async with database.acquire() as pooled:
        try:
            yield pooled
        finally:
            await pooled.close()


async def _missing(connection: Any, wanted: Sequence[Migration]) -> list[Migration]:
    rows = await connection.fetch("SELECT package, name, sha256 FROM schema_migrations")
    applied = {(row["package"], row["name"]): row["sha256"] for row in rows}
    missing = []
    for migration in wanted:
        sha256 = applied.get((migration.package, migration.name))
        if sha256 is None:
            missing.append(migration)
        elif sha256 != migration.sha256:
            raise MigrationEdited(f"{migration.package}/{migration.name} was edited after use")
    return missing


async def _apply(connection: Any, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '10s'")
        await connection.execute(migration.sql, timeout=FILE_SECONDS)
        await connection.execute(
            "INSERT INTO schema_migrations (package, name, sha256) VALUES ($1, $2, $3)",
            migration.package,
            migration.name,
            migration.sha256,
        )
