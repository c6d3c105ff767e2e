"""Steps are numbered, and an error says that it was one."""

import pytest

from reglament_local.console import Steps


def test_a_step_tells_its_number_time_and_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    with Steps(total=8, done=2).step("Kafka jars, 44 MB") as step:
        step.note("sha256 checked")
    out = capsys.readouterr().out
    assert out.startswith("[3/8] Kafka jars, 44 MB ... ok 0.0 s, sha256 checked")


def test_a_failed_step_says_so_and_lets_the_error_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="why"), Steps(total=1).step("x"):
        raise ValueError("why")
    assert capsys.readouterr().out == "[1/1] x ... failed\n"
