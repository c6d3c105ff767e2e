"""Topics and users of the Kafka cluster, as Strimzi's operators are told (architecture 4, 8)."""

from collections.abc import Iterator
from typing import Any

from reglament.contract.readers import READERS
from reglament.events import topics
from reglament.messaging.provisioning import configuration, owned_by, partitions_of
from reglament_local.cluster.locks import SERVICES

Json = dict[str, Any]
API = "kafka.strimzi.io/v1"
CLUSTER = {"strimzi.io/cluster": "kafka", "app.kubernetes.io/part-of": "reglament"}
# "64 in a cluster", and never another number (architecture 4). base/*/settings.env says the same.
PARTITIONS, REPLICAS = 64, 3


def kafka_topics() -> Iterator[Json]:
    """Each as the service that owns it would create it."""
    for service in SERVICES:
        for topic in owned_by(service):
            yield {
                "apiVersion": API,
                "kind": "KafkaTopic",
                "metadata": {
                    "name": topic,
                    "labels": {**CLUSTER, "app.kubernetes.io/name": service},
                },
                "spec": {
                    "partitions": partitions_of(topic, PARTITIONS),
                    "replicas": REPLICAS,
                    "config": dict(configuration(topic)),
                },
            }


def kafka_users() -> Iterator[Json]:
    """One a service; the Secret of its password, made by Strimzi, has the same name."""
    for service in SERVICES:
        yield user(f"{service}-kafka", [*_writing(service), *_reading(service)])


def user(name: str, acls: list[Json]) -> Json:
    """A login with what it may do, and no more."""
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": dict(CLUSTER)},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": acls},
        },
    }


def allowed(kind: str, name: str, *operations: str) -> Json:
    """A rule on one topic or group by its whole name."""
    resource = {"type": kind, "name": name, "patternType": "literal"}
    return {"resource": resource, "operations": list(operations), "host": "*"}


def read_by(service: str) -> tuple[str, ...]:
    """The topics that it reads."""
    return tuple(topic for topic, readers in READERS.items() if service in readers)


def carrying_load(service: str) -> tuple[str, ...]:
    """Of those, the ones by whose lag it is scaled."""
    return tuple(topic for topic in read_by(service) if topic in topics.KEPT)


def _writing(service: str) -> Iterator[Json]:
    """No right to create: the topics are the operator's, a service waits for them."""
    for topic in owned_by(service):
        yield allowed("topic", topic, "Write", "Describe")


def _reading(service: str) -> Iterator[Json]:
    yield allowed("group", service, "Read", "Describe")
    for topic in read_by(service):
        yield allowed("topic", topic, "Read", "Describe")
