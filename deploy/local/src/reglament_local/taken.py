"""Refuses taken ports, telling who holds them."""

from collections.abc import Mapping

import psutil

from reglament_local.errors import StackError
from reglament_local.ports import is_free


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
