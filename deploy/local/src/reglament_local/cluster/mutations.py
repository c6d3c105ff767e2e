"""Wounds that a check of the manifests must see; a check that lets one by is worth nothing."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reglament_local.cluster.rendering import Json, containers_of, of_kind, pod_of

Wound = Callable[[list[Json]], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One wound. make: wounds the objects in place, gives the one that it wounded."""

    name: str
    make: Wound

    def wounded(self, objects: Sequence[Json]) -> tuple[list[Json], Json]:
        """A wounded copy of them all, and the one that is wounded."""
        copied = copy.deepcopy(list(objects))
        return copied, self.make(copied)


def _one(objects: list[Json], kind: str, name: str) -> Json:
    return next(one for one in of_kind(objects, kind) if one["metadata"]["name"] == name)


def _api(objects: list[Json]) -> Json:
    return _one(objects, "Deployment", "intake-api")


def _container(objects: list[Json]) -> Json:
    found: Json = containers_of(_api(objects))[0]
    return found


def _probe_port(objects: list[Json]) -> Json:
    _container(objects)["readinessProbe"]["httpGet"]["port"] = 8080
    return _api(objects)


def _no_memory_limit(objects: list[Json]) -> Json:
    del _container(objects)["resources"]["limits"]["memory"]
    return _api(objects)


def _privileged(objects: list[Json]) -> Json:
    _container(objects)["securityContext"] = {"privileged": True}
    return _api(objects)


def _misspelt(objects: list[Json]) -> Json:
    spec = _api(objects)["spec"]
    spec["replicaz"] = spec.pop("replicas", 2)
    return _api(objects)


def _unknown_key(objects: list[Json]) -> Json:
    _container(objects)["env"].append({"name": "INTAKE_PARTITION", "value": "64"})
    return _api(objects)


def _setting_removed(objects: list[Json]) -> Json:
    for one in of_kind(objects, "ConfigMap"):
        if one["metadata"]["name"].startswith("intake-settings"):
            del one["data"]["INTAKE_FRONT"]
            return one
    raise LookupError("intake-settings")


def _request_over_limit(objects: list[Json]) -> Json:
    resources = _container(objects)["resources"]
    resources["requests"]["memory"] = "64Gi"
    return _api(objects)


def _selector(objects: list[Json]) -> Json:
    pod_of(_api(objects))["metadata"]["labels"]["app.kubernetes.io/component"] = "ap"
    return _api(objects)


def _no_partitions(objects: list[Json]) -> Json:
    topic = _one(objects, "KafkaTopic", "reglament.tickets.v1")
    topic["spec"]["partitions"] = 0
    return topic


def _other_partitions(objects: list[Json]) -> Json:
    topic = _one(objects, "KafkaTopic", "reglament.tickets.v1")
    topic["spec"]["partitions"] += 1
    return topic


def _replicas_as_words(objects: list[Json]) -> Json:
    scaled = _one(objects, "ScaledObject", "intake-consumer")
    scaled["spec"]["maxReplicaCount"] = "six"
    return scaled


def _postgres_misspelt(objects: list[Json]) -> Json:
    cluster = _one(objects, "Cluster", "postgres")
    cluster["spec"]["instancez"] = cluster["spec"].pop("instances")
    return cluster


def _rule_for(objects: list[Json]) -> Json:
    rule = _one(objects, "PrometheusRule", "reglament")
    alerts = [each for group in rule["spec"]["groups"] for each in group["rules"] if "for" in each]
    alerts[0]["for"] = "5minutes"
    return rule


def _right_too_wide(objects: list[Json]) -> Json:
    user = _one(objects, "KafkaUser", "notifier-kafka")
    user["spec"]["authorization"]["acls"][0]["operations"] = ["All"]
    return user


def _path_lost(objects: list[Json]) -> Json:
    (one,) = of_kind(objects, "Ingress")
    del one["spec"]["rules"][0]["http"]["paths"][0]
    return one


def _all_may(objects: list[Json]) -> Json:
    policy = _one(objects, "NetworkPolicy", "nothing")
    policy["spec"] |= {"ingress": [{}], "egress": [{}]}
    return policy


def _role_unknown(objects: list[Json]) -> Json:
    env = _container(objects)["env"]
    (roles,) = (each for each in env if each["name"] == "INTAKE_ROLES")
    roles["value"] = '["api", "timer"]'
    return _api(objects)


def _required_lost(objects: list[Json]) -> Json:
    container = _container(objects)
    container["env"] = [each for each in container["env"] if each["name"] != "INTAKE_SECRET"]
    return _api(objects)


def _other_image(objects: list[Json]) -> Json:
    container = _container(objects)
    container["image"] = container["image"].replace("/intake", "/notifier")
    return _api(objects)


def _secret_key(objects: list[Json]) -> Json:
    env = _container(objects)["env"]
    (database,) = (each for each in env if each["name"] == "INTAKE_DATABASE")
    database["valueFrom"]["secretKeyRef"]["key"] = "dsn"
    return _api(objects)


def _target_port(objects: list[Json]) -> Json:
    service = _one(objects, "Service", "intake")
    service["spec"]["ports"][0]["targetPort"] = "web"
    return service


def _monitor_port(objects: list[Json]) -> Json:
    monitor = _one(objects, "ServiceMonitor", "reglament-api")
    monitor["spec"]["endpoints"][0]["port"] = "metrics"
    return monitor


def _budget_of_nobody(objects: list[Json]) -> Json:
    budget = _one(objects, "PodDisruptionBudget", "intake-api")
    budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = "in-take"
    return budget


def _way_in_to_no_port(objects: list[Json]) -> Json:
    policy = _one(objects, "NetworkPolicy", "ingress-to-api")
    policy["spec"]["ingress"][0]["ports"][0]["port"] = 8080
    return policy


def _way_to_kafka_lost(objects: list[Json]) -> Json:
    policy = _one(objects, "NetworkPolicy", "services-to-kafka-and-traces")
    policy["spec"]["egress"][0]["ports"][0]["port"] = 9092
    return policy


def _path_too_many(objects: list[Json]) -> Json:
    (one,) = of_kind(objects, "Ingress")
    paths = one["spec"]["rules"][0]["http"]["paths"]
    paths.append({**paths[0], "path": "/metrics"})
    return one


def _volume_lost(objects: list[Json]) -> Json:
    _container(objects)["volumeMounts"].append({"name": "nowhere", "mountPath": "/nowhere"})
    return _api(objects)


MUTATIONS = (
    Mutation(name="a probe asks a port that nobody listens on", make=_probe_port),
    Mutation(name="no limit of memory", make=_no_memory_limit),
    Mutation(name="a privileged container", make=_privileged),
    Mutation(name="a misspelt field of a Deployment", make=_misspelt),
    Mutation(name="an environment key that no setting reads", make=_unknown_key),
    Mutation(name="a setting that nothing sets any more", make=_setting_removed),
    Mutation(name="a request above its limit", make=_request_over_limit),
    Mutation(name="labels that the selector does not take", make=_selector),
    Mutation(name="a volume that there is not", make=_volume_lost),
    Mutation(name="a topic with no partitions", make=_no_partitions),
    Mutation(name="a topic split otherwise than the code says", make=_other_partitions),
    Mutation(name="a user that may do everything with a topic", make=_right_too_wide),
    Mutation(name="a number of replicas in words (KEDA)", make=_replicas_as_words),
    Mutation(name="a misspelt field of the PostgreSQL cluster", make=_postgres_misspelt),
    Mutation(name="an alert's `for` that is no duration", make=_rule_for),
    Mutation(name="a path of the API that the Ingress lost", make=_path_lost),
    Mutation(name="a path that is not for outside, led out", make=_path_too_many),
    Mutation(name="a NetworkPolicy that lets everybody through", make=_all_may),
    Mutation(name="a way into pods by a port without listener", make=_way_in_to_no_port),
    Mutation(name="no way to Kafka's port any more", make=_way_to_kafka_lost),
    Mutation(name="a role that there is not", make=_role_unknown),
    Mutation(name="a required setting that a pod is not told", make=_required_lost),
    Mutation(name="the image of another service", make=_other_image),
    Mutation(name="a key that a Secret has not", make=_secret_key),
    Mutation(name="a Service to a port that its pods have not", make=_target_port),
    Mutation(name="a ServiceMonitor of another port", make=_monitor_port),
    Mutation(name="a disruption budget that takes no pod", make=_budget_of_nobody),
)
