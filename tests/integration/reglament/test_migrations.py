"""Numbered SQL files: each once, in order, never edited afterwards."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from reglament.database import connect_pool
from reglament.migrations import MigrationEdited, migrate
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
PACKAGE = "migrations_of_a_test"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of migrations."""
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0002_second.sql").write_text("ALTER TABLE t ADD b int; INSERT INTO t VALUES (1);")
    (package / "0001_first.sql").write_text("CREATE TABLE t (a int)")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    sys.modules.pop(PACKAGE, None)


async def test_files_are_applied_once_in_order(folder: Path, postgres: Databases) -> None:
    dsn = await postgres()
    first, second = f"{PACKAGE}/0001_first.sql", f"{PACKAGE}/0002_second.sql"
    assert await migrate(dsn, [PACKAGE]) == [first, second]
    assert await migrate(dsn, [PACKAGE]) == []
    (folder / "0003_third.sql").write_text("INSERT INTO t VALUES (2)")
    assert await migrate(dsn, [PACKAGE]) == [f"{PACKAGE}/0003_third.sql"]


async def test_an_edited_file_is_named_and_nothing_is_applied(
    folder: Path, postgres: Databases
) -> None:
    dsn = await postgres()
    await migrate(dsn, [PACKAGE])
    (folder / "0001_first.sql").write_text("CREATE TABLE t (a bigint)")
    (folder / "0000_new.sql").write_text("CREATE TABLE u (a int)")
    with pytest.raises(MigrationEdited, match="0001_first"):
        await migrate(dsn, [PACKAGE])
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT to_regclass('u')") is None
    await connection.close()


async def test_a_file_that_fails_leaves_nothing_of_itself(
    folder: Path, postgres: Databases
) -> None:
    dsn = await postgres()
    (folder / "0003_third.sql").write_text("CREATE TABLE u (a int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(dsn, [PACKAGE])
    (folder / "0003_third.sql").write_text("CREATE TABLE u (a int)")
    assert await migrate(dsn, [PACKAGE]) == [f"{PACKAGE}/0003_third.sql"]


@pytest.mark.usefixtures("folder")
async def test_replicas_that_start_together_apply_it_once(postgres: Databases) -> None:
    dsn = await postgres()
    done = await asyncio.gather(*(migrate(dsn, [PACKAGE]) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 2]


@pytest.mark.usefixtures("folder")
async def test_a_pool_serves_as_well_and_keeps_its_bounds(postgres: Databases) -> None:
    pool = await connect_pool(await postgres())
    assert len(await migrate(pool, [PACKAGE])) == 2
    assert await pool.fetchval("SHOW statement_timeout") == "10s"
    assert await pool.fetchval("SHOW idle_in_transaction_session_timeout") == "5s"
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert await pool.fetchval(locks) == 0
    await pool.close()
