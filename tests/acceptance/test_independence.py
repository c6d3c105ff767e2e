"""Services meet in Kafka alone: no address, no database, no waiting for one another."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from reglament_local.demo.system import Desk, System

pytestmark = pytest.mark.acceptance

SERVICES = ("intake", "sla_clock", "escalation", "notifier")
PAIRS = [(one, other) for one in SERVICES for other in SERVICES if one != other]
REQUEST = {
    "channel": "web",
    "subject": "Ничего не печатает",
    "description": "Принтер в бухгалтерии молчит.",
    "priority": "critical",
}


def processes(ready_file: Path) -> Mapping[str, psutil.Process]:
    """The running services by import name."""
    stack = psutil.Process(int((ready_file.parent / "lock").read_text()))
    last_words = {process: process.cmdline()[-1:] for process in stack.children(recursive=True)}
    found = {words[0]: process for process, words in last_words.items() if words}
    return {service: found[service] for service in SERVICES}


def secrets_of(system: Mapping[str, Any], service: str) -> dict[str, str]:
    """What only this service may hold: how it is reached, and how its database is."""
    database = urlsplit(system["databases"][service])
    assert database.password
    return {
        "address": system[service].removeprefix("http://"),
        "database": f"{database.port}/{service}",
        "password": database.password,
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_nothing_of_the_others(
    system: dict[str, Any], ready_file: Path, service: str
) -> None:
    process = processes(ready_file)[service]
    told = json.dumps([process.environ(), process.cmdline()])
    assert secrets_of(system, service)["password"] in told
    others = {name: secrets_of(system, name) for name in SERVICES if name != service}
    known = [
        (name, what)
        for name, secrets in others.items()
        for what, secret in secrets.items()
        if secret in told
    ]
    assert known == []
    superuser = urlsplit(system["postgres"]).password
    assert superuser
    assert superuser not in told


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_connection_to_another(
    system: dict[str, Any], ready_file: Path, service: str
) -> None:
    others = {urlsplit(system[name]).port for name in SERVICES if name != service}
    connections = processes(ready_file)[service].net_connections("tcp")
    reached = {each.raddr.port for each in connections if each.raddr}
    assert urlsplit(system["postgres"]).port in reached
    own = urlsplit(system[service]).port
    called = {each.raddr.port for each in connections if each.raddr and each.laddr.port != own}
    assert not called & others


@pytest.mark.parametrize(("role", "database"), [*PAIRS, *((one, "postgres") for one in SERVICES)])
async def test_a_services_role_reaches_no_other_database(
    system: dict[str, Any], role: str, database: str
) -> None:
    server = system["databases"][role].rpartition("/")[0]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{server}/{database}")
    connection = await asyncpg.connect(f"{server}/{role}")
    await connection.close()


@contextmanager
def frozen(ready_file: Path, service: str) -> Iterator[None]:
    """The service's process stands still."""
    process = processes(ready_file)[service]
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


own_system = pytest.mark.skipif(
    bool(os.environ.get("REGLAMENT_READY")), reason="stands still only in a system of its own"
)


@own_system
@pytest.mark.parametrize("still", SERVICES)
async def test_the_others_go_on_answering_while_one_stands_still(
    system: dict[str, Any], ready_file: Path, site: System, still: str
) -> None:
    routes = {
        "intake": "/tickets?desk=remsys",
        "sla_clock": "/desks/remsys/sla",
        "escalation": "/desks/remsys/queue",
        "notifier": "/subscriptions?desk=remsys",
    }
    key = site.key("remsys", "integrator")
    with frozen(ready_file, still):
        for service in set(SERVICES) - {still}:
            ready = await site.http.get(f"{system[service]}/readyz", timeout=5)
            assert ready.status_code == 200, f"{service}: {ready.text}"
            await site.call("GET", routes[service], key=key, status=200)


@own_system
async def test_a_ticket_opened_while_the_clocks_stand_still_gets_its_clock_afterwards(
    ready_file: Path, site: System
) -> None:
    desk = Desk(system=site, name="remsys")
    sender = {"name": "Ann", "email": site.address("ann"), "locale": "ru"}
    with frozen(ready_file, "sla_clock"):
        ticket = (await desk.open({**REQUEST, "requester": sender}))["id"]
        await desk.status(ticket, "accepted")
        await desk.happened(ticket, "NotificationSent", "Queued")
    clock = await desk.clock_is(ticket, "first_response", "running")
    opened = (await desk.ticket(ticket))["opened_at"]
    assert clock["started_at"] == opened
