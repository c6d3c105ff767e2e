"""Secrets survive a restart, and belong to their owner."""

from pathlib import Path

from reglament_local.secrets_file import DATABASES, secrets_in


def test_a_second_start_finds_the_same_secrets(tmp_path: Path) -> None:
    first = secrets_in(tmp_path / "run")
    assert secrets_in(tmp_path / "run") == first
    assert len(set(first.values())) == len(first)


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    secrets_in(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_every_database_has_a_password_of_its_own(tmp_path: Path) -> None:
    secrets = secrets_in(tmp_path)
    assert len({secrets[f"database_{name}"] for name in DATABASES}) == 4


def test_a_cluster_id_is_22_characters_and_never_looks_like_an_option(tmp_path: Path) -> None:
    for number in range(50):
        cluster = secrets_in(tmp_path / str(number))["kafka_cluster"]
        assert len(cluster) == 22
        assert not cluster.startswith("-")
