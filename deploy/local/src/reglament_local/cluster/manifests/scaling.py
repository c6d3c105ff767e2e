"""Consumers grow with what waits for them (KEDA)."""

from collections.abc import Iterator

from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.manifests.kafka import (
    PARTITIONS,
    Json,
    allowed,
    carrying_load,
    user,
)

NAMESPACE = "reglament"
FEWEST, MOST = 2, 6
LAG_A_REPLICA = 2000
LABELS = {"app.kubernetes.io/part-of": "reglament"}
AUTHENTICATION, LOGIN = "kafka-lag", "keda-kafka"
LINE = {"sasl": "scram_sha512", "tls": "enable"}


def scaling() -> Iterator[Json]:
    """KEDA's own login to Kafka, and a ScaledObject a service."""
    yield user(LOGIN, list(_looking()))
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": AUTHENTICATION, "labels": LABELS},
        "data": {"username": LOGIN, **LINE},
    }
    yield {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {"name": AUTHENTICATION, "labels": LABELS},
        "spec": {
            "configMapTargetRef": [
                _parameter(name, AUTHENTICATION) for name in ("username", *LINE)
            ],
            "secretTargetRef": [
                _parameter("password", LOGIN),
                {**_parameter("ca", "kafka-cluster-ca-cert"), "key": "ca.crt"},
            ],
        },
    }
    yield from map(_scaled, SERVICES)


def _parameter(name: str, source: str) -> Json:
    return {"parameter": name, "name": source, "key": name}


def _looking() -> Iterator[Json]:
    for service in SERVICES:
        yield allowed("group", service, "Describe")
    for topic in sorted({topic for service in SERVICES for topic in carrying_load(service)}):
        yield allowed("topic", topic, "Describe")


def _scaled(service: str) -> Json:
    """Never more than partitions: what is above would read nothing."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {
            "name": f"{service}-consumer",
            "labels": {**LABELS, "app.kubernetes.io/name": service},
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "name": f"{service}-consumer",
            },
            "minReplicaCount": FEWEST,
            "maxReplicaCount": min(MOST, PARTITIONS),
            "pollingInterval": 30,
            "fallback": {"failureThreshold": 5, "replicas": FEWEST},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleDown": {
                            "stabilizationWindowSeconds": 600,
                            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
                        }
                    }
                }
            },
            "triggers": [_trigger(service, topic) for topic in carrying_load(service)],
        },
    }


def _trigger(service: str, topic: str) -> Json:
    return {
        "type": "kafka",
        "name": topic.replace(".", "-"),
        "metadata": {
            "bootstrapServers": f"kafka-kafka-bootstrap.{NAMESPACE}.svc:9093",
            "consumerGroup": service,
            "topic": topic,
            "lagThreshold": str(LAG_A_REPLICA),
            "offsetResetPolicy": "earliest",
            # Its own default speaks a protocol that Kafka 4 has given up.
            "version": "3.6.0",
        },
        "authenticationRef": {"name": AUTHENTICATION},
    }
