"""The ports of one stack: the contract's, each overridable by environment, or free ones."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

import psutil

from reglament_local.errors import StackError

DEFAULTS = {
    "REGLAMENT_FRONT_PORT": 8000,
    "INTAKE_PORT": 8001,
    "SLA_CLOCK_PORT": 8002,
    "ESCALATION_PORT": 8003,
    "NOTIFIER_PORT": 8004,
    "REGLAMENT_KAFKA_PORT": 9092,
    "REGLAMENT_KAFKA_CONTROLLER_PORT": 9093,
    "REGLAMENT_POSTGRES_PORT": 5433,
    "REGLAMENT_SMTP_PORT": 3025,
    "REGLAMENT_IMAP_PORT": 3143,
    "REGLAMENT_MAIL_API_PORT": 3080,
}


def ports_from(environ: Mapping[str, str]) -> dict[str, int]:
    """Variable name -> port. Raises StackError for what is no port or is named twice."""
    ports = {name: _port(name, environ.get(name) or str(port)) for name, port in DEFAULTS.items()}
    owners: dict[int, str] = {}
    for name, port in ports.items():
        if port in owners:
            raise StackError(f"{name} and {owners[port]} are both {port}", f"set another {name}")
        owners[port] = name
    return ports


def _port(name: str, text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:
        return int(text)
    raise StackError(f"{name}={text} is no port", f"set {name} to a number from 1 to 65535")


def refuse_taken(ports: Mapping[str, int]) -> None:
    """Raises StackError naming every taken port, who holds it and the variable that moves it."""
    taken = {name: port for name, port in ports.items() if not is_free(port)}
    if not taken:
        return
    lines = [f"port {port} ({name}) is taken{_holder(port)}" for name, port in taken.items()]
    name, port = next(iter(taken.items()))
    raise StackError(
        "\n".join(lines),
        f"stop what holds it, or choose another: {name}={port + 10_000} make run",
    )


def is_free(port: int) -> bool:
    """True when a server could listen there on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return _described(connection.pid)
    except psutil.Error:
        return ""
    return ""


def _described(pid: int | None) -> str:
    if pid is None:
        return " by another user's process"
    command = " ".join(psutil.Process(pid).cmdline())
    return f" by pid {pid}: {command[:120]}"


def free_ports() -> dict[str, str]:
    """An environment in which every port is one that nobody holds now."""
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(socket.socket()) for name in DEFAULTS}
        for probe in sockets.values():
            probe.bind(("127.0.0.1", 0))
        return {name: str(probe.getsockname()[1]) for name, probe in sockets.items()}
