"""An empty sla-clock database on a PostgreSQL of its own, or on one that is named."""

import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from reglament.runtime import Runtime
from sla_clock.app import create_app
from sla_clock.settings import Settings
from tests.support.processes import running
from tests.support.stack import Databases


@contextmanager
def postgres() -> Iterator[str]:
    """The DSN of a server; REGLAMENT_SERVERS names a servers.json of a running one."""
    named = os.environ.get("REGLAMENT_SERVERS")
    if named:
        yield json.loads(Path(named).read_text(encoding="utf-8"))["postgres"]
        return
    arguments = ("servers", "--only", "postgres")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), arguments, "servers.json") as servers,
    ):
        yield servers["postgres"]


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    """A database of its own, dropped at the end."""
    databases = Databases(admin=server)
    try:
        yield await databases()
    finally:
        await databases.drop()


@asynccontextmanager
async def clocked(dsn: str) -> AsyncIterator[Runtime]:
    """sla-clock's process on it, its api alone; the tables are there."""
    plain: dict[str, Any] = {"kafka": "127.0.0.1:1", "roles": {"api"}, "admin_key": "admin"}
    secret = "of-a-measurement-that-nobody-can-reach"  # noqa: S105 - no port is opened
    app = create_app(Settings.model_validate({"database": dsn, "secret": secret, **plain}))
    async with app.router.lifespan_context(app):
        yield app.state.runtime
