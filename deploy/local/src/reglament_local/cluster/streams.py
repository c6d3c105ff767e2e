"""Topics, rights and ways in, against what the code writes, reads and answers."""

from collections.abc import Iterator, Sequence

from reglament_local.cluster.environment import environ_of
from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.manifests.documents import prometheus_rule
from reglament_local.cluster.manifests.ingress import ingress
from reglament_local.cluster.manifests.kafka import kafka_topics, kafka_users
from reglament_local.cluster.rendering import (
    WORKLOADS,
    Json,
    containers_of,
    name_of,
    of_kind,
    service_of,
)

# An overlay may keep fewer copies, never split a topic otherwise.
COPIES = {"replicas"}


def faults(objects: Sequence[Json]) -> Iterator[str]:
    """Where a rendered overlay says something else than the code."""
    yield from _same(objects, "KafkaTopic", list(kafka_topics()), COPIES)
    yield from _same(objects, "KafkaUser", list(kafka_users()), set())
    yield from _same(objects, "PrometheusRule", [prometheus_rule()], set())
    yield from _rights(objects)
    yield from _partitions(objects)
    yield from _paths(objects)


def _specs(objects: Sequence[Json], kind: str) -> dict[str, Json]:
    return {one["metadata"]["name"]: one["spec"] for one in of_kind(objects, kind)}


def _same(
    objects: Sequence[Json], kind: str, wanted: Sequence[Json], but: set[str]
) -> Iterator[str]:
    found = _specs(objects, kind)
    for name, spec in _specs(wanted, kind).items():
        if name not in found:
            yield f"there is no {kind} {name}"
            continue
        for key in spec.keys() - but:
            if found[name].get(key) != spec[key]:
                yield f"{kind} {name}: {key} is not what the code says"
    if kind == "KafkaTopic":
        for name in sorted(found.keys() - _specs(wanted, kind).keys()):
            yield f"KafkaTopic {name}: no service has it"


def _rights(objects: Sequence[Json]) -> Iterator[str]:
    ours = {f"{service}-kafka" for service in SERVICES}
    for name, spec in _specs(objects, "KafkaUser").items():
        for rule in spec["authorization"]["acls"]:
            if name not in ours and set(rule["operations"]) - {"Describe"}:
                yield f"KafkaUser {name}: more than looking on"


def _partitions(objects: Sequence[Json]) -> Iterator[str]:
    most = {spec["partitions"] for spec in _specs(objects, "KafkaTopic").values()}
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    for one in of_kind(objects, *WORKLOADS):
        key = f"{service_of(one).replace('-', '_').upper()}_PARTITIONS"
        for container in containers_of(one):
            said = environ_of(container, maps).get(key)
            if said != str(max(most)):
                yield f"{name_of(one)}: {key} is {said}, the topics have {max(most)}"
    for name, spec in _specs(objects, "ScaledObject").items():
        readers = spec["maxReplicaCount"]
        if not isinstance(readers, int) or readers > max(most):
            yield f"ScaledObject {name}: {readers} readers of {max(most)} partitions"


def _paths(objects: Sequence[Json]) -> Iterator[str]:
    wanted = ingress()["spec"]["rules"][0]["http"]["paths"]
    found = [
        path
        for one in of_kind(objects, "Ingress")
        for rule in one["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
    for path in wanted:
        if path not in found:
            yield f"Ingress: {path['path']} is not led to its service"
    for path in found:
        if path not in wanted:
            yield f"Ingress: {path['path']} is led out of the house, and no service has it so"
    if len(list(of_kind(objects, "Ingress"))) != 1:
        yield "people have one origin: there is not one Ingress"
