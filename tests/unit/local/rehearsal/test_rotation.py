"""The balancer sends each request to the next replica that may have it."""

from reglament_local.rehearsal.rotation import NOBODY, Rotation

A, B = ("127.0.0.1", 20_001), ("127.0.0.1", 20_002)
INTAKE = "INTAKE_PORT"


def test_replicas_take_turns() -> None:
    rotation = Rotation()
    rotation.put(INTAKE, A)
    rotation.put(INTAKE, B)
    assert [rotation[INTAKE] for _ in range(4)] == [A, B, A, B]


def test_one_that_was_taken_out_is_sent_nothing() -> None:
    rotation = Rotation()
    for replica in (A, B):
        rotation.put(INTAKE, replica)
    rotation.take(INTAKE, A)
    rotation.take(INTAKE, A)
    assert [rotation[INTAKE] for _ in range(2)] == [B, B]


def test_one_that_is_put_in_twice_has_one_turn() -> None:
    rotation = Rotation()
    rotation.put(INTAKE, A)
    rotation.put(INTAKE, A)
    rotation.put(INTAKE, B)
    assert rotation.replicas(INTAKE) == (A, B)


def test_with_nobody_left_the_client_is_told_so() -> None:
    assert Rotation()[INTAKE] == NOBODY
