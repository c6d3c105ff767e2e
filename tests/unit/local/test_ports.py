"""Ports come from the environment and are told by name when they cannot be had."""

import os
import socket
import subprocess
import sys

import pytest

from reglament_local.errors import StackError
from reglament_local.ports import free_port, free_ports, is_free, ports_from
from reglament_local.taken import refuse_taken


def test_the_contracts_ports_are_the_defaults() -> None:
    ports = ports_from({})
    services = [ports[f"{name}_PORT"] for name in ("INTAKE", "SLA_CLOCK", "ESCALATION", "NOTIFIER")]
    assert services == [8001, 8002, 8003, 8004]
    assert ports["REGLAMENT_FRONT_PORT"] == 8000
    assert ports["REGLAMENT_KAFKA_PORT"] == 9092
    assert ports["REGLAMENT_POSTGRES_PORT"] == 5433


@pytest.mark.parametrize("text", ["no", "0", "70000", "-1"])
def test_what_is_no_port_is_refused_with_its_variable(text: str) -> None:
    with pytest.raises(StackError, match="INTAKE_PORT"):
        ports_from({"INTAKE_PORT": text})


def test_one_port_twice_is_refused_with_both_variables() -> None:
    with pytest.raises(StackError, match=r"SLA_CLOCK_PORT.*INTAKE_PORT|INTAKE_PORT.*SLA_CLOCK"):
        ports_from({"INTAKE_PORT": "7000", "SLA_CLOCK_PORT": "7000"})


def test_a_taken_port_is_told_with_its_holder_and_the_variable_that_moves_it() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(StackError) as caught:
            refuse_taken({"INTAKE_PORT": port})
    assert f"port {port} (INTAKE_PORT) is taken by pid {os.getpid()}: " in caught.value.what
    assert "INTAKE_PORT=" in caught.value.remedy


def test_free_ports_are_free_and_all_different() -> None:
    ports = ports_from(free_ports())
    refuse_taken(ports)
    assert len(set(ports.values())) == len(ports)


CHOOSES_ALL = """
from reglament_local import ports
ports._ABOVE, ports._BELOW = {port}, {port} + 2
print(ports.free_port())
"""


def test_a_port_that_one_process_was_given_no_other_one_gets() -> None:
    """Also before anybody listens there: of two neighbours only the other one is left."""
    port = free_port()
    while not is_free(port + 1):
        port = free_port()
    told = subprocess.run(
        [sys.executable, "-c", CHOOSES_ALL.format(port=port)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert int(told.stdout) == port + 1
