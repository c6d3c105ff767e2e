"""`python -m reglament_local restore`: a backup into an empty system, all else made again from it.

Databases, then the erasure list, then Kafka out of the event tables, then every read model out of
Kafka. Until that is done no letter is read, none is sent, no timer fires: only the services' api
and relay run. At the end all of it is stopped; `make run` goes on from there.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from reglament_local.addresses import own_addresses
from reglament_local.backup import MANIFEST, Running, carry, folders_of, state_of
from reglament_local.console import Steps, say
from reglament_local.erasure_list import erasures_in
from reglament_local.errors import StackError
from reglament_local.jars import GREENMAIL, KAFKA
from reglament_local.postgres import binary, client_environ
from reglament_local.processes import Recipe, run_once
from reglament_local.read_again import as_if_read, unread
from reglament_local.secrets_file import DATABASES
from reglament_local.services import service_parts, url_of
from reglament_local.stack import PORTS_OF, SERVERS, Stack, fetch_jars, stack_from, the_only_one
from reglament_local.supervisor import cancel_on_signals, supervised
from reglament_local.taken import refuse_taken

QUIET_ROLES = '["api", "relay"]'
SENT_SECONDS = 3600.0
POLL_SECONDS = 0.2
AT_ONCE = 1000
ATTEMPTS = 3


async def restore(run: Path, backups: Path, chosen: str | None, environ: Mapping[str, str]) -> bool:
    """Whether everything came out as it was. Raises StackError where the folder is not empty."""
    cancel_on_signals()
    folder = chosen_backup(backups, chosen)
    with the_only_one(run):
        refuse_full_house(run)
        carry(folder, run)
    stack = stack_from(environ)
    steps = Steps(total=2 + len(SERVERS) + 2 * len(DATABASES) + 3)
    with the_only_one(run):
        refuse_taken({port: stack.ports[port] for names in PORTS_OF.values() for port in names})
        await fetch_jars(stack, steps, (KAFKA, GREENMAIL))
        async with supervised(stack.places.logs, steps) as supervisor:
            await supervisor.start([stack.part(name) for name in SERVERS])
            for name in DATABASES:
                with steps.step(f"database of {name}"):
                    await _load(stack, name, folder / f"{name}.dump")
            quiet = {**environ, **{f"{name.upper()}_ROLES": QUIET_ROLES for name in DATABASES}}
            await supervisor.start(service_parts(stack, own_addresses(stack), quiet))
            return await _made_again(stack, folder, backups, steps)


def chosen_backup(backups: Path, chosen: str | None) -> Path:
    """The newest, or the one that is named. Raises StackError."""
    found = folders_of(backups)
    wanted = [folder for folder in found if chosen in (None, folder.name)]
    if not wanted:
        names = ", ".join(folder.name for folder in found) or "none"
        raise StackError(f"no such backup in {backups}", f"there are: {names}")
    return wanted[-1]


def refuse_full_house(run: Path) -> None:
    """Raises StackError where there is data already: nothing is ever overwritten."""
    if (run / "postgres").exists() or (run / "kafka").exists():
        raise StackError(f"{run} holds a system already", "make clean-run, or REGLAMENT_RUN=…")


async def _load(stack: Stack, name: str, dump: Path) -> None:
    words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    recipe = Recipe(
        name=f"pg_restore-{name}",
        command=(binary("pg_restore"), *words, f"--dbname={name}", str(dump)),
        environ=client_environ(stack.postgres.dsn(name)),
    )
    await run_once(recipe, stack.places.logs / f"pg_restore-{name}.log")


async def _made_again(stack: Stack, folder: Path, backups: Path, steps: Steps) -> bool:
    running = Running(
        ready={
            **{name: url_of(stack, name) for name in DATABASES},
            "keys": {"admin": stack.secrets["admin_key"]},
        },
        run=stack.places.run,
    )
    with steps.step("the erasure list, again") as step:
        step.note(f"{await _erased_again(running, backups)} on it")
    with steps.step("Kafka, out of the event tables") as step:
        step.note(f"{await _refilled(running)} records")
    with steps.step("read models, out of Kafka"):
        await as_if_read(stack)
        await _rebuilt(stack, running)
        await unread(stack)
    return await _compared(stack, folder)


async def _erased_again(running: Running, backups: Path) -> int:
    items = erasures_in(backups)
    async with running.admin("intake") as client:
        for start in range(0, len(items), AT_ONCE):
            answer = await client.post("/erasures", json={"items": items[start : start + AT_ONCE]})
            answer.raise_for_status()
    return len(items)


async def _refilled(running: Running) -> int:
    total = 0
    async with asyncio.timeout(SENT_SECONDS):
        for name in DATABASES:
            async with running.admin(name) as client:
                answer = await client.post("/operations/outbox/refill")
                answer.raise_for_status()
                total += answer.json()["records"]
        for name in DATABASES:
            async with running.admin(name) as client:
                while (await _waiting(client)) > 0:  # noqa: ASYNC110 - another process sends
                    await asyncio.sleep(POLL_SECONDS)
    return total


async def _waiting(client: httpx.AsyncClient) -> int:
    return int((await client.get("/operations/outbox")).json()["waiting"])


async def _rebuilt(stack: Stack, running: Running) -> None:
    """One service after the other; on a machine that is busy one may have to be started again."""
    for name in DATABASES:
        for left in reversed(range(ATTEMPTS)):
            try:
                await _rebuilt_of(stack, running, name)
                break
            except StackError:
                if not left:
                    raise


async def _rebuilt_of(stack: Stack, running: Running, name: str) -> None:
    service = name.replace("_", "-")
    words = ("rebuild", service, "--accept", "--show=1", f"--at={service}={running.ready[name]}")
    recipe = Recipe(
        name=f"rebuild-{service}",
        command=(sys.executable, "-m", "reglament.cli", *words),
        environ={**os.environ, "REGLAMENT_KEY": running.ready["keys"]["admin"]},
    )
    await run_once(recipe, stack.places.logs / f"rebuild-{service}.log")


async def _compared(stack: Stack, folder: Path) -> bool:
    """Events must be what they were; read models may have moved on with what was on its way."""
    manifest = json.loads((folder / MANIFEST).read_text())["services"]
    is_whole = True
    for name, told in manifest.items():
        found = await _state(stack.postgres.dsn(name), list(told["read_models"]))
        same = all(found[key] == told[key] for key in ("streams", "events", "heads"))
        models = found["read_models"]
        moved = [table for table, hashed in told["read_models"].items() if models[table] != hashed]
        said = "equal" if same else f"DIFFERENT, was {told['events']} events"
        say(f"{name:12} {found['streams']:8} streams {found['events']:9} events  {said}")
        rest = f"; moved on: {', '.join(moved)}" if moved else ""
        say(f"{'':12} {len(models) - len(moved)} of {len(models)} read models equal{rest}")
        is_whole = is_whole and same
    return is_whole


async def _state(dsn: str, tables: list[str]) -> dict[str, Any]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await state_of(connection, tables)
    finally:
        with suppress(TimeoutError):
            await connection.close(timeout=5)
