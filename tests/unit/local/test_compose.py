"""compose.yaml tells each service only what its settings know, and no other service's database."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from escalation.settings import EscalationSettings
from intake.settings import Settings as IntakeSettings
from notifier.settings import NotifierSettings
from reglament.settings import ProcessSettings
from reglament_local.places import CHECKOUT
from sla_clock.settings import Settings as SlaClockSettings

COMPOSE = CHECKOUT / "deploy" / "local" / "compose.yaml"
SETTINGS: dict[str, type[ProcessSettings]] = {
    "intake": IntakeSettings,
    "sla-clock": SlaClockSettings,
    "escalation": EscalationSettings,
    "notifier": NotifierSettings,
}


def services() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text())["services"])


@pytest.mark.parametrize("name", SETTINGS)
def test_every_variable_of_a_service_is_one_of_its_settings(name: str) -> None:
    prefix = f"{name.replace('-', '_').upper()}_"
    told = services()[name]["environment"]
    fields = {prefix + field.upper() for field in SETTINGS[name].model_fields}
    unknown = {variable for variable in told if not variable.endswith("_MAILBOX")} - fields
    assert unknown == set()
    required = {
        prefix + field.upper()
        for field, about in SETTINGS[name].model_fields.items()
        if about.is_required()
    }
    assert required <= set(told)


def test_intake_is_told_every_mailbox_that_a_policy_names() -> None:
    named = {
        yaml.safe_load(file.read_text())["mailbox"]["secret"]
        for file in (CHECKOUT / "policies").glob("*.yaml")
    }
    assert named <= set(services()["intake"]["environment"])


@pytest.mark.parametrize("name", SETTINGS)
def test_no_service_is_told_anothers_database(name: str) -> None:
    others = {other.replace("-", "_") for other in SETTINGS} - {name.replace("-", "_")}
    told = " ".join(str(value) for value in services()[name]["environment"].values())
    assert [other for other in others if f"/{other}" in told] == []


@pytest.mark.parametrize("name", SETTINGS)
def test_every_image_is_built_with_the_library_and_runs_as_nobody_special(name: str) -> None:
    dockerfile = Path(CHECKOUT / services()[name]["build"]["dockerfile"]).read_text()
    assert f"./shared ./services/{name}" in dockerfile
    assert "USER 10001:10001" in dockerfile
    assert f'"-m", "{name.replace("-", "_")}"' in dockerfile
