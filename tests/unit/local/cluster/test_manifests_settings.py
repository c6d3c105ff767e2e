"""Numbers and names that are said in several places of deploy/k8s are the same everywhere."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from escalation.settings import EscalationSettings
from intake.settings import Settings as IntakeSettings
from notifier.settings import NotifierSettings
from reglament.server import LAST_NET_SECONDS
from reglament.settings import ProcessSettings
from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.manifests.kafka import PARTITIONS, REPLICAS
from reglament_local.cluster.manifests.scaling import MOST
from reglament_local.places import CHECKOUT
from sla_clock.settings import Settings as SlaClockSettings

K8S = CHECKOUT / "deploy" / "k8s"
BASE, PROD, DEV = K8S / "base", K8S / "overlays" / "prod", K8S / "overlays" / "dev"
SETTINGS: dict[str, type[ProcessSettings]] = {
    "intake": IntakeSettings,
    "sla-clock": SlaClockSettings,
    "escalation": EscalationSettings,
    "notifier": NotifierSettings,
}
POOL, LOOPS = 10, 1  # a pod's connections: connect_pool's size, and its consumer's or relay's own


def objects(file: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(file.read_text()) if one]


def named(file: Path, kind: str, name: str) -> dict[str, Any]:
    (found,) = (
        one for one in objects(file) if (one["kind"], one["metadata"]["name"]) == (kind, name)
    )
    return found


def environ(service: str, folder: Path = BASE) -> dict[str, str]:
    file = BASE / service / "settings.env" if folder == BASE else folder / f"{service}.env"
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def workloads(service: str) -> list[dict[str, Any]]:
    kinds = {"Deployment", "StatefulSet", "Job"}
    return [one for one in objects(BASE / service / "workloads.yaml") if one["kind"] in kinds]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_the_environment_that_it_is_given(service: str) -> None:
    prefix = f"{service.replace('-', '_').upper()}_"
    told = environ(service) | environ(service, DEV)
    secrets = {f"{prefix}{name}": "x" for name in ("DATABASE", "SECRET", "ADMIN_KEY")}
    without_ca = {name: value for name, value in told.items() if "_KAFKA_" not in name}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**without_ca, **secrets}.items():
            patch.setenv(name, value)
        settings = SETTINGS[service]()  # type: ignore[call-arg]  # from the environment
    assert (settings.partitions, settings.replication) == (PARTITIONS, 1)
    assert environ(service)[f"{prefix}REPLICATION"] == str(REPLICAS)
    assert environ(service)[f"{prefix}KAFKA_USERNAME"] == f"{service}-kafka"


@pytest.mark.parametrize("service", SERVICES)
def test_every_role_runs_in_one_workload(service: str) -> None:
    app = CHECKOUT / "services" / service / "src" / service.replace("-", "_") / "app.py"
    roles = {
        role
        for one in workloads(service)
        for entry in one["spec"]["template"]["spec"]["containers"][0]["env"]
        if entry["name"].endswith("_ROLES")
        for role in yaml.safe_load(entry["value"])
    }
    has_mail = 'role="mail"' in app.read_text()
    assert roles == {"api", "consumer", "relay", "timers"} | ({"mail"} if has_mail else set())


@pytest.mark.parametrize("service", SERVICES)
def test_the_port_is_the_one_that_it_listens_on(service: str) -> None:
    (pod,) = objects(BASE / service / "pod.yaml")
    container = pod["spec"]["template"]["spec"]["containers"][0]
    (port,) = container["ports"]
    prefix = f"{service.replace('-', '_').upper()}_"
    assert str(port["containerPort"]) == environ(service)[f"{prefix}PORT"]
    assert port["containerPort"] == SETTINGS[service].model_fields["port"].default


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_the_time_to_end_that_its_process_takes(service: str) -> None:
    (pod,), (lasting,) = objects(BASE / "pod.yaml"), objects(BASE / "lasting.yaml")
    container = lasting["spec"]["template"]["spec"]["containers"][0]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    prefix = f"{service.replace('-', '_').upper()}_"
    ending = float(environ(service)[f"{prefix}SHUTDOWN_SECONDS"]) + LAST_NET_SECONDS
    assert pod["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > before + ending


def connections(api: int, consumers: int, others: int) -> int:
    """Of all pods, with one more of each Deployment, as during a rollout."""
    found = 0
    for service in SERVICES:
        for one in workloads(service):
            role = one["metadata"]["labels"]["app.kubernetes.io/component"]
            replicas = {"consumer": consumers, "api": api + 1, "migrations": 0}
            found += (POOL + LOOPS) * replicas.get(role, others + 1)
    return found


def test_postgres_has_a_connection_for_every_one_that_pods_may_open() -> None:
    base = named(BASE / "postgres.yaml", "Cluster", "postgres")["spec"]["postgresql"]
    (dev,) = objects(DEV / "postgres.yaml")
    most = int(base["parameters"]["max_connections"])
    assert connections(api=3, consumers=MOST, others=2) < most - 20
    assert connections(1, 1, 1) < int(dev["spec"]["postgresql"]["parameters"]["max_connections"])


def test_backups_are_kept_as_long_as_people_are_told() -> None:
    cluster = named(PROD / "postgres.yaml", "Cluster", "postgres")
    days = environ("intake")["INTAKE_BACKUP_DAYS"]
    assert cluster["spec"]["backup"]["retentionPolicy"] == f"{days}d"


def test_webhooks_may_go_to_the_ports_that_the_notifier_allows() -> None:
    policy = named(BASE / "network.yaml", "NetworkPolicy", "notifier-mail-to-receivers")
    (way,) = policy["spec"]["egress"]
    allowed = NotifierSettings.model_fields["webhook_ports"].default
    assert {port["port"] for port in way["ports"]} == set(allowed)


@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_left_at_its_default_is_one_that_there_is(service: str) -> None:
    left = yaml.safe_load((K8S / "defaults.yaml").read_text())[service]
    assert left.keys() <= SETTINGS[service].model_fields.keys()
    assert all(left.values())
