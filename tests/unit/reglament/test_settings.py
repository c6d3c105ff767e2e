"""What is wrong with a process's environment is said at its start, by name and without secrets."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from intake.settings import Settings
from reglament.messaging.connecting import Kafka
from tests.support.certificates import certificates

REQUIRED = {
    "DATABASE": "postgresql://nowhere/intake",
    "KAFKA": "nowhere:9093",
    "SECRET": "secret",
}


def settings(monkeypatch: pytest.MonkeyPatch, given: Mapping[str, object]) -> Settings:
    for name, value in {**REQUIRED, **given}.items():
        monkeypatch.setenv(f"INTAKE_{name}", str(value))
    return Settings()  # type: ignore[call-arg]


def test_a_whole_login_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"USERNAME": "intake", "PASSWORD": "word", "CA": certificates(tmp_path).ca}
    found = settings(monkeypatch, {f"KAFKA_{name}": value for name, value in given.items()})
    said = Kafka.of(found).arguments()
    assert said["bootstrap_servers"] == "nowhere:9093"
    assert (said["sasl_plain_username"], said["sasl_plain_password"]) == ("intake", "word")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"USERNAME": "intake"}, "INTAKE_KAFKA_PASSWORD is missing"),
        ({"PASSWORD": "word"}, "INTAKE_KAFKA_USERNAME is missing"),
        ({"USERNAME": "intake", "PASSWORD": "word"}, "INTAKE_KAFKA_CA is missing"),
        ({"CA": "/nowhere/ca.crt"}, "INTAKE_KAFKA_CA: /nowhere/ca.crt holds no PEM"),
        ({"CA": __file__}, "INTAKE_KAFKA_CA: .* holds no PEM"),
    ],
    ids=["no password", "no name", "no TLS", "no file", "no certificate"],
)
def test_half_a_login_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(monkeypatch, {f"KAFKA_{name}": value for name, value in given.items()})


def test_a_fault_does_not_tell_the_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as fault:
        settings(monkeypatch, {"PORT": "none", "SECRET": "not to be told"})
    assert "port" in str(fault.value)
    assert "not to be told" not in str(fault.value)
