"""The seed repeats a run: fault by fault."""

import pytest

from reglament_local.chaos.failpoints import failpoints
from reglament_local.chaos.plan import LINKS, NETWORK, WEIGHTS, chosen, fault_of
from reglament_local.secrets_file import DATABASES

POINTS = {"relay.after_send": DATABASES, "mail.after_store": ("intake",)}


def faults(seed: int, kinds: tuple[str, ...] = tuple(WEIGHTS)) -> list[str]:
    return [str(fault_of(seed, number, kinds, POINTS)) for number in range(200)]


def test_the_same_seed_gives_the_same_faults_and_another_gives_others() -> None:
    assert faults(7) == faults(7)
    assert faults(7) != faults(8)


def test_every_kind_comes_in_200_rounds() -> None:
    assert {fault.split()[0] for fault in faults(1)} == set(WEIGHTS)


def test_a_fault_of_the_network_has_a_link_and_of_a_process_a_service() -> None:
    for number in range(200):
        fault = fault_of(3, number, tuple(WEIGHTS), POINTS)
        if fault.kind in NETWORK:
            assert fault.target in LINKS
        elif fault.kind not in {"broker", "postgres"}:
            assert fault.target in DATABASES
        if fault.kind == "failpoint":
            assert fault.target in POINTS[fault.point]


def test_kinds_are_chosen_by_name_and_a_wrong_name_is_told() -> None:
    assert chosen("freeze, broker") == ("freeze", "broker")
    assert chosen("") == tuple(WEIGHTS)
    with pytest.raises(ValueError, match="there is no fault flood; there are kill"):
        chosen("kill,flood")


def test_the_failpoints_of_the_code_are_found_with_the_services_that_pass_them() -> None:
    found = failpoints()
    assert found["relay.after_send"] == DATABASES
    assert found["mail.after_store"] == ("intake",)
    assert found["timers.before_commit"] == ("sla_clock",)
