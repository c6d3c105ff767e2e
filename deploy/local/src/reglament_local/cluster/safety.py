"""What a pod may take and do."""

from collections.abc import Iterator, Sequence

from reglament_local.cluster.rendering import (
    LASTING,
    WORKLOADS,
    Json,
    containers_of,
    name_of,
    of_kind,
    pod_of,
)


def faults(objects: Sequence[Json]) -> Iterator[str]:
    """Pods without bounds or with rights, namespaces that admit such."""
    for one in of_kind(objects, *WORKLOADS):
        spec = pod_of(one)["spec"]
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name_of(one)}: a token of the cluster's API lies in the pod"
        if spec.get("securityContext", {}).get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{name_of(one)}: no seccomp profile"
        for container in containers_of(one):
            yield from _bounds(name_of(one), container)
            yield from _rights(name_of(one), container)
    yield from _lasting(objects)
    yield from _namespaces(objects)


def _bounds(where: str, container: Json) -> Iterator[str]:
    resources = container.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    if not {"cpu", "memory"} <= requests.keys():
        yield f"{where}: no request of cpu and memory"
    if "memory" not in limits:
        yield f"{where}: no limit of memory"
    if "cpu" in limits:
        yield f"{where}: a limit of cpu stops a process in the middle of its timers"


def _rights(where: str, container: Json) -> Iterator[str]:
    said = container.get("securityContext", {})
    wanted = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    for right, value in wanted.items():
        if said.get(right) != value:
            yield f"{where}: {right} is not {value}"
    if said.get("privileged"):
        yield f"{where}: privileged"


def _lasting(objects: Sequence[Json]) -> Iterator[str]:
    for one in of_kind(objects, *LASTING):
        keys = {each["topologyKey"] for each in pod_of(one)["spec"]["topologySpreadConstraints"]}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{name_of(one)}: its pods are not kept apart"


def _namespaces(objects: Sequence[Json]) -> Iterator[str]:
    for one in of_kind(objects, "Namespace"):
        if one["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name_of(one)}: it does not enforce the restricted profile"
