"""The ports of one stack: the contract's, each overridable by environment, or free ones."""

import fcntl
import os
import secrets
import socket
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from reglament_local.errors import StackError

LOOPBACK = "127.0.0.1"
# Clients get theirs from 32768 on (Linux) or 49152 on (RFC 6335 6).
_ABOVE, _BELOW = 20_000, 32_000
# What this process chose last, one lock a port; those before have long been taken, or given up.
_CLAIMS: deque[int] = deque(maxlen=256)
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


def is_free(port: int) -> bool:
    """True when a server could listen there on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody holds now, of those that no system gives to clients.

    A server that is started anew finds it again: nobody's outgoing connection has it meanwhile.
    While this process lives no other one of ours is given it: between the choice and the server
    that listens there may be a minute.
    """
    port = 0
    while not (port and is_free(port) and _is_ours(port)):
        port = _ABOVE + secrets.randbelow(_BELOW - _ABOVE)
    return port


def _is_ours(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"reglament-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    claim = os.open(folder / str(port), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    if len(_CLAIMS) == _CLAIMS.maxlen:
        os.close(_CLAIMS.popleft())
    _CLAIMS.append(claim)
    return True


def free_ports() -> dict[str, str]:
    """An environment in which every port is one that nobody holds now."""
    ports: set[int] = set()
    while len(ports) < len(DEFAULTS):
        ports.add(free_port())
    return dict(zip(DEFAULTS, map(str, ports), strict=True))
