"""What refers to what: ports, selectors, volumes, accounts, scaling."""

from collections.abc import Iterator, Sequence

from reglament_local.cluster.environment import environ_of
from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.rendering import (
    LASTING,
    WORKLOADS,
    Json,
    containers_of,
    name_of,
    of_kind,
    pod_of,
    selects,
    service_of,
)

PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def faults(objects: Sequence[Json]) -> Iterator[str]:
    """Everything that points to nothing, or to something else than it says."""
    for check in (_workloads, _services, _monitors, _budgets, _ingress, _scaling):
        yield from check(objects)


def _labels(objects: Sequence[Json]) -> list[dict[str, str]]:
    return [pod_of(one)["metadata"]["labels"] for one in of_kind(objects, *WORKLOADS)]


def _ports(container: Json) -> dict[str | int, int]:
    found: dict[str | int, int] = {}
    for port in container.get("ports", []):
        found[port["name"]] = found[port["containerPort"]] = port["containerPort"]
    return found


def _workloads(objects: Sequence[Json]) -> Iterator[str]:
    accounts = {one["metadata"]["name"] for one in of_kind(objects, "ServiceAccount")}
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    for one in of_kind(objects, *WORKLOADS):
        where, pod, service = name_of(one), pod_of(one), service_of(one)
        if service not in SERVICES:
            yield f"{where}: {service!r} is none of our services"
            continue
        if pod["spec"].get("serviceAccountName") not in accounts:
            yield f"{where}: its service account is not there"
        if "selector" in one["spec"] and not selects(
            one["spec"]["selector"], pod["metadata"]["labels"]
        ):
            yield f"{where}: its selector does not take its own pods"
        for container in containers_of(one):
            said = environ_of(container, maps)
            yield from _container(where, one["kind"], container, service, said)


def _container(
    where: str, kind: str, container: Json, service: str, said: dict[str, str]
) -> Iterator[str]:
    image = container["image"].split("@")[0].split(":")[0]
    if not image.endswith(f"reglament/{service}"):
        yield f"{where}: the image {image} is not the service's"
    ports, prefix = _ports(container), service.replace("-", "_").upper()
    if str(ports.get("http")) != said.get(f"{prefix}_PORT"):
        yield f"{where}: {prefix}_PORT is not the port http"
    for probe, path in PROBES.items() if kind in LASTING else ():
        asked = container.get(probe, {}).get("httpGet", {})
        if asked.get("path") != path or asked.get("port") not in ports:
            yield f"{where}: {probe} does not ask {path} of one of its ports"


def _services(objects: Sequence[Json]) -> Iterator[str]:
    for one in of_kind(objects, "Service"):
        selector = {"matchLabels": one["spec"]["selector"]}
        taken = [
            each
            for each in of_kind(objects, *LASTING)
            if selects(selector, pod_of(each)["metadata"]["labels"])
        ]
        if not taken:
            yield f"{name_of(one)}: its selector takes no pod"
        for each in taken:
            ports = {name for container in containers_of(each) for name in _ports(container)}
            for port in one["spec"]["ports"]:
                if port.get("targetPort", port["port"]) not in ports:
                    yield f"{name_of(one)}: {name_of(each)} has no port {port['targetPort']}"


def _monitors(objects: Sequence[Json]) -> Iterator[str]:
    ours = _labels(objects)
    services = [one["metadata"].get("labels", {}) for one in of_kind(objects, "Service")]
    for one in of_kind(objects, "PodMonitor", "ServiceMonitor"):
        selector, spec = one["spec"]["selector"], one["spec"]
        if "cnpg.io/cluster" in selector.get("matchLabels", {}):
            continue
        labels = ours if one["kind"] == "PodMonitor" else services
        if not any(selects(selector, each) for each in labels):
            yield f"{name_of(one)}: its selector takes nothing"
        for end in spec.get("podMetricsEndpoints", []) + spec.get("endpoints", []):
            if (end.get("port"), end.get("path")) != ("http", "/metrics"):
                yield f"{name_of(one)}: it does not ask /metrics of the port http"


def _budgets(objects: Sequence[Json]) -> Iterator[str]:
    budgets = list(of_kind(objects, "PodDisruptionBudget"))
    for one in of_kind(objects, *LASTING):
        labels = pod_of(one)["metadata"]["labels"]
        held = [each for each in budgets if selects(each["spec"]["selector"], labels)]
        if len(held) != 1:
            yield f"{name_of(one)}: {len(held)} disruption budgets hold for it"
    for one in budgets:
        if not any(selects(one["spec"]["selector"], each) for each in _labels(objects)):
            yield f"{name_of(one)}: its selector takes no pod"


def _ingress(objects: Sequence[Json]) -> Iterator[str]:
    ports = {
        (one["metadata"]["name"], port["name"])
        for one in of_kind(objects, "Service")
        for port in one["spec"]["ports"]
    }
    for one in of_kind(objects, "Ingress"):
        for rule in one["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                if (backend["name"], backend["port"].get("name")) not in ports:
                    yield f"{name_of(one)}: {path['path']} leads to no service"


def _scaling(objects: Sequence[Json]) -> Iterator[str]:
    there = {(one["kind"], one["metadata"]["name"]) for one in objects}
    for one in of_kind(objects, "ScaledObject"):
        target = one["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) not in there:
            yield f"{name_of(one)}: there is no {target['kind']} {target['name']}"
        for trigger in one["spec"]["triggers"]:
            if ("TriggerAuthentication", trigger["authenticationRef"]["name"]) not in there:
                yield f"{name_of(one)}: its TriggerAuthentication is not there"
            if ("KafkaTopic", trigger["metadata"]["topic"]) not in there:
                yield f"{name_of(one)}: there is no KafkaTopic {trigger['metadata']['topic']}"
