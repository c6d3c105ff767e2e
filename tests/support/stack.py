"""Fixtures on real parts: PostgreSQL, Kafka, mail server, the whole system.

Each starts at first use, once a session, on free ports, and is stopped at the end. Variables that
name a running one instead: REGLAMENT_SERVERS a servers.json (`python -m reglament_local servers`),
REGLAMENT_READY a ready.json (`make run`).
"""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from reglament.ids import new_id
from reglament.messaging.connecting import Kafka
from tests.support.processes import running


@dataclass(slots=True, kw_only=True)
class Databases:
    """`await postgres()` gives the DSN of a fresh, empty database, dropped after the test."""

    admin: str
    made: list[str] = field(default_factory=list)

    async def __call__(self) -> str:
        """A database of its own, made from template0."""
        name = f"test_{new_id().replace('-', '')}"
        await self._execute(f'CREATE DATABASE "{name}"')
        self.made.append(name)
        return f"{self.admin.rpartition('/')[0]}/{name}"

    async def drop(self) -> None:
        """Drops all it made, cutting connections that are still open."""
        for name in self.made:
            await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """`bootstrap` is host:port; `prefix` is this test's own, for topics and groups."""

    bootstrap: str
    prefix: str

    @property
    def plain(self) -> Kafka:
        """As our own clients are told of it: no TLS, no login."""
        return Kafka(bootstrap=self.bootstrap)

    def topic(self, name: str) -> str:
        """A topic name that no other test uses."""
        return f"{self.prefix}.{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`smtp` and `imap` are host:port, `api` a base URL; any login opens any mailbox."""

    smtp: str
    imap: str
    api: str

    async def purge(self) -> None:
        """Empties all mailboxes."""
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{self.api}/api/mail/purge")).raise_for_status()


@contextmanager
def _server(name: str, folder: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    running_one = os.environ.get("REGLAMENT_SERVERS")
    if running_one:
        yield json.loads(Path(running_one).read_text())
        return
    with running(folder.mktemp(name), ("servers", "--only", name), "servers.json") as addresses:
        yield addresses


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of the superuser of a server of the session's own."""
    with _server("postgres", tmp_path_factory) as addresses:
        yield addresses["postgres"]


@pytest.fixture
async def postgres(postgres_server: str) -> AsyncIterator[Databases]:
    """`dsn = await postgres()`: a fresh database."""
    databases = Databases(admin=postgres_server)
    yield databases
    await databases.drop()


@pytest.fixture(scope="module")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a broker of the module's own: topics have fixed names, and are read whole."""
    with _server("kafka", tmp_path_factory) as addresses:
        yield addresses["kafka"]


@pytest.fixture
def kafka(kafka_server: str) -> Broker:
    """The broker, with a prefix of this test's own."""
    return Broker(bootstrap=kafka_server, prefix=f"t{new_id().replace('-', '')}")


@pytest.fixture(scope="session")
def greenmail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    """A mail server of the session's own."""
    with _server("greenmail", tmp_path_factory) as found:
        yield Mail(smtp=found["smtp"], imap=found["imap"], api=found["mail_api"])


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the whole running system says what it is; beside it lie its logs and data."""
    running_one = os.environ.get("REGLAMENT_READY")
    if running_one:
        yield Path(running_one).resolve()
        return
    folder = tmp_path_factory.mktemp("system")
    traces = {"INTAKE_TRACE_URL": "https://traces.example/trace/{trace_id}"}
    with running(folder, ("run",), "ready.json", traces):
        yield folder / "ready.json"


@pytest.fixture(scope="session")
def system(ready_file: Path) -> dict[str, Any]:
    """ready.json of the whole running system (contract "Processes and local addresses")."""
    addresses: dict[str, Any] = json.loads(ready_file.read_text())
    return addresses
