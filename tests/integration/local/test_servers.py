"""The three servers together: data kept over a restart, all of it gone after SIGTERM."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from reglament_local.ports import free_ports
from reglament_local.secrets_file import DATABASES, secrets_in
from tests.support.crowding import crowding
from tests.support.eventually import eventually
from tests.support.processes import left_of, running

pytestmark = pytest.mark.integration

ALL = ("servers",)


async def test_a_second_start_finds_the_data_of_the_first(tmp_path: Path) -> None:
    with running(tmp_path, ALL, "servers.json") as addresses:
        await execute(addresses["postgres"], "CREATE TABLE kept (text text)")
        admin = AIOKafkaAdminClient(bootstrap_servers=addresses["kafka"])
        await admin.start()
        await admin.create_topics([NewTopic("kept", 1, 1)])
        await admin.close()
    began = time.monotonic()
    with running(tmp_path, ALL, "servers.json") as addresses:
        assert time.monotonic() - began < 20 * crowding()
        await execute(addresses["postgres"], "SELECT * FROM kept")
        admin = AIOKafkaAdminClient(bootstrap_servers=addresses["kafka"])
        await admin.start()
        assert "kept" in await admin.list_topics()
        await admin.close()


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_no_role_may_enter_anothers_database(tmp_path: Path) -> None:
    with running(tmp_path, ("servers", "--only", "postgres"), "servers.json") as addresses:
        host = addresses["postgres"].rpartition("@")[2].rpartition("/")[0]
        secrets = secrets_in(tmp_path)
        for role in DATABASES:
            login = f"postgresql://{role}:{secrets[f'database_{role}']}@{host}"
            await execute(f"{login}/{role}", "CREATE TABLE own (text text)")
            for other in (*DATABASES, "postgres"):
                if other != role:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await execute(f"{login}/{other}", "SELECT 1")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await execute(f"postgresql://intake:wrong@{host}/intake", "SELECT 1")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A stack with its output in reach; killed if the test leaves it running."""
    environ = os.environ | free_ports() | {"REGLAMENT_RUN": str(tmp_path)}
    command = (sys.executable, "-m", "reglament_local", "servers")
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_ready(process: subprocess.Popen[str]) -> list[psutil.Process]:
    assert process.stdout is not None
    assert "ready\n" in iter(process.stdout.readline, "")
    children: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    return children


def test_sigterm_ends_all_of_it_within_15_seconds(started: subprocess.Popen[str]) -> None:
    children = until_ready(started)
    assert len(children) > 3
    began = time.monotonic()
    started.terminate()
    assert started.wait(timeout=15) == 0
    assert left_of(children) == []
    assert time.monotonic() - began < 15 * crowding()


async def test_killed_outright_it_leaves_no_process_either(
    started: subprocess.Popen[str],
) -> None:
    children = until_ready(started)
    started.send_signal(signal.SIGKILL)

    async def are_gone() -> bool:
        return not left_of(children)

    await eventually(are_gone, timeout=15)


def test_what_a_killed_stack_announced_is_forgotten_by_the_next(tmp_path: Path) -> None:
    stale = tmp_path / "ready.json"
    stale.write_text("{}")
    with running(tmp_path, ("servers", "--only", "greenmail"), "servers.json"):
        assert not stale.exists()
    assert not (tmp_path / "servers.json").exists()


def test_a_server_that_dies_is_named_and_takes_the_others_with_it(
    started: subprocess.Popen[str],
) -> None:
    children = until_ready(started)
    mail = next(child for child in children if any("greenmail" in w for w in child.cmdline()))
    mail.kill()
    out, _ = started.communicate(timeout=20)
    assert started.returncode == 1
    assert "greenmail ended (exit -9)" in out
    assert left_of(children) == []


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        environ = os.environ | free_ports() | {"REGLAMENT_RUN": str(tmp_path)}
        done = subprocess.run(
            (sys.executable, "-m", "reglament_local", "servers"),
            env=environ | {"REGLAMENT_SMTP_PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port} (REGLAMENT_SMTP_PORT) is taken by pid {os.getpid()}" in done.stdout
    assert not (tmp_path / "postgres").exists()


def test_a_second_stack_in_the_same_folder_is_refused(started: subprocess.Popen[str]) -> None:
    children = until_ready(started)
    assert children
    run = psutil.Process(started.pid).environ()["REGLAMENT_RUN"]
    environ = os.environ | free_ports() | {"REGLAMENT_RUN": run}
    command = (sys.executable, "-m", "reglament_local", "servers")
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"already runs from {run} (pid {started.pid})" in done.stdout
    started.terminate()
    assert started.wait(timeout=15) == 0
