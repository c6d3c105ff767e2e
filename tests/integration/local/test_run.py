"""The whole system from one command: what it announces, how it stops, how it starts again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from reglament_local.places import CHECKOUT
from reglament_local.ports import free_ports
from tests.support.crowding import crowding
from tests.support.processes import left_of

pytestmark = pytest.mark.integration

SERVICES = ("intake", "sla_clock", "escalation", "notifier")
ROLES = {"integrator", "agent", "requester"}


def test_it_announces_what_the_contract_names(system: dict[str, Any]) -> None:
    assert {"front", *SERVICES, "kafka", "postgres", "smtp", "imap", "metrics", "keys"} <= set(
        system
    )
    desks = {file.stem for file in (CHECKOUT / "policies").glob("*.yaml")}
    assert set(system["keys"]) == {"admin", *desks}
    assert all(set(system["keys"][desk]) == ROLES for desk in desks)
    keys = [key for desk in desks for key in system["keys"][desk].values()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json", "/docs"])
async def test_every_service_answers_for_itself(
    system: dict[str, Any], service: str, path: str
) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(system[service] + path)).status_code == 200


async def test_a_desks_key_is_known_to_all_four_through_the_front(system: dict[str, Any]) -> None:
    desk = next(name for name in system["keys"] if name != "admin")
    headers = {"Authorization": f"Bearer {system['keys'][desk]['integrator']}"}
    paths = (f"/tickets?desk={desk}", f"/desks/{desk}/sla", f"/desks/{desk}/queue")
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        for path in (*paths, f"/subscriptions?desk={desk}"):
            answer = await client.get(f"{system['front']}/v1{path}")
            assert answer.status_code == 200, f"{path}: {answer.text}"


def until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    said = []
    for line in iter(process.stdout.readline, ""):
        if line == "ready\n":
            return
        said.append(line)
    raise AssertionError("".join(said))


@contextmanager
def started(run: Path) -> Iterator[subprocess.Popen[str]]:
    environ = os.environ | free_ports() | {"REGLAMENT_RUN": str(run)}
    command = (sys.executable, "-m", "reglament_local", "run")
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_sigterm_ends_it_in_15_seconds_and_a_second_start_takes_20(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        until_ready(process)
        first = json.loads((tmp_path / "ready.json").read_text())
        children: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15 * crowding()) == 0
        assert left_of(children) == []
        log = (tmp_path / "log" / "postgres.log").read_text()
        assert log.rstrip().endswith("database system is shut down")
        assert not (tmp_path / "ready.json").exists()
    began = time.monotonic()
    with started(tmp_path) as process:
        until_ready(process)
        assert time.monotonic() - began < 20 * crowding()
        assert json.loads((tmp_path / "ready.json").read_text())["keys"] == first["keys"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15 * crowding()) == 0
