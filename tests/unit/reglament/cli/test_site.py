"""Where the command finds services and key: flags before the environment before ready.json."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from reglament.cli.app import main
from reglament.cli.errors import CliError
from reglament.cli.site import Site, site_of

READY = {
    "intake": "http://127.0.0.1:1/",
    "sla_clock": "http://127.0.0.1:2",
    "keys": {"admin": "from-ready"},
}


def chosen(ready: Path | None = None, *at: str) -> argparse.Namespace:
    return argparse.Namespace(ready=ready and str(ready), at=list(at), json=False)


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    file = tmp_path / "ready.json"
    file.write_text(json.dumps(READY))
    return file


def test_after_make_run_nothing_need_be_said(ready: Path) -> None:
    for environ in ({"REGLAMENT_RUN": str(ready.parent)}, {"REGLAMENT_READY": str(ready)}):
        site = site_of(chosen(), environ)
        assert (site.url("intake"), site.url("sla-clock")) == (
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
        )
        assert site.key == "from-ready"


def test_flags_come_before_the_environment_before_ready_json(ready: Path) -> None:
    environ = {
        "REGLAMENT_KEY": "said",
        "REGLAMENT_INTAKE_URL": "http://env/",
        "REGLAMENT_SLA_CLOCK_URL": "https://env2",
    }
    site = site_of(chosen(ready, "intake=https://flag"), environ)
    assert (site.url("intake"), site.url("sla-clock")) == ("https://flag", "https://env2")
    assert site.key == "said"


@pytest.mark.parametrize("at", ["intake", "nobody=http://x", "intake=ftp://x"])
def test_an_address_that_is_none_is_refused(ready: Path, at: str) -> None:
    with pytest.raises(CliError, match="not SERVICE=URL"):
        site_of(chosen(ready, at), {})


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path, ready: Path) -> None:
    nowhere = {"REGLAMENT_RUN": str(tmp_path / "none")}
    with pytest.raises(CliError, match="no key\n  -> start the system"):
        site_of(chosen(), nowhere)
    with pytest.raises(CliError, match="is not there"):
        site_of(chosen(tmp_path / "other.json"), {})
    with pytest.raises(CliError, match="where notifier answers is not known"):
        site_of(chosen(ready), {}).url("notifier")
    ready.write_text("{")
    with pytest.raises(CliError, match="cannot be read"):
        site_of(chosen(ready), {})


def test_a_service_that_does_not_answer_ends_the_command_with_3(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--service", "intake", "--ready", str(ready)]) == 3
    assert "intake does not answer at http://127.0.0.1:1/v1/operations" in capsys.readouterr().err


def test_a_misspelt_command_ends_with_2() -> None:
    for words in (["rebild"], ["dead-letter", "bury"], ["republish"], []):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in ("dead-letter", "proof", "rebuild", "republish", "verify"))


def test_a_sites_connections_are_closed() -> None:
    site: Any = Site(addresses={}, key="k")
    with site:
        pass
    assert site._client.is_closed
