"""What of deploy/k8s follows from the code, does."""

from functools import cache
from typing import Any

import pytest
import yaml

from reglament.contract.openapi_documents import SERVICES as PACKAGES
from reglament.contract.readers import READERS
from reglament.messaging.provisioning import configuration, owned_by, partitions_of
from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.manifests.documents import differing, documents
from reglament_local.cluster.manifests.kafka import PARTITIONS, REPLICAS
from reglament_local.places import CHECKOUT
from reglament_local.watching.rules import rules


@cache
def generated(name: str) -> list[dict[str, Any]]:
    (text,) = (text for path, text in documents().items() if path.endswith(f"/{name}.yaml"))
    return list(yaml.safe_load_all(text))


def acls(user: str) -> list[tuple[str, str, str]]:
    (found,) = (one for one in generated("users") if one["metadata"]["name"] == user)
    return [
        (rule["resource"]["type"], rule["resource"]["name"], operation)
        for rule in found["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    ]


def test_what_is_committed_is_what_the_code_says() -> None:
    assert differing(CHECKOUT) == []


def test_all_four_services_are_there() -> None:
    assert set(SERVICES) == set(PACKAGES)


def test_a_topic_is_as_its_owner_would_create_it() -> None:
    found = {one["metadata"]["name"]: one["spec"] for one in generated("topics")}
    assert found.keys() == {topic for service in SERVICES for topic in owned_by(service)}
    for topic, spec in found.items():
        assert spec["partitions"] == partitions_of(topic, PARTITIONS)
        assert spec["replicas"] == REPLICAS
        assert spec["config"] == configuration(topic)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_what_it_owns_and_reads_what_it_takes(service: str) -> None:
    may = acls(f"{service}-kafka")
    written = {name for kind, name, operation in may if operation == "Write"}
    read = {name for kind, name, operation in may if (kind, operation) == ("topic", "Read")}
    assert written == set(owned_by(service))
    assert read == {topic for topic, readers in READERS.items() if service in readers}
    assert {name for kind, name, _ in may if kind == "group"} == {service}
    assert {operation for _, _, operation in may} == {"Read", "Write", "Describe"}


def test_alerts_are_those_of_deploy_prometheus() -> None:
    (rule,) = generated("rules")
    assert rule["spec"] == rules()


@pytest.mark.parametrize("service", SERVICES)
def test_a_consumer_grows_by_the_lag_of_what_it_reads_up_to_the_partitions(service: str) -> None:
    (found,) = (
        one["spec"]
        for one in generated("scaling")
        if one["kind"] == "ScaledObject" and one["metadata"]["name"] == f"{service}-consumer"
    )
    assert found["maxReplicaCount"] <= PARTITIONS
    for trigger in found["triggers"]:
        assert trigger["metadata"]["consumerGroup"] == service
        assert service in READERS[trigger["metadata"]["topic"]]
