"""deploy/k8s as kustomize puts it together, and what is looked for in it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT

Json = dict[str, Any]
OVERLAYS = ("dev", "prod")
K8S = CHECKOUT / "deploy" / "k8s"
WORKLOADS = ("Deployment", "StatefulSet", "Job")
LASTING = ("Deployment", "StatefulSet")
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"


def kubectl() -> str:
    """That of this environment; else whichever there is. StackError where there is none."""
    ours = Path(sys.executable).with_name("kubectl")
    found = str(ours) if ours.exists() else shutil.which("kubectl")
    if found is None:
        raise StackError("there is no kubectl", "make setup installs it")
    return found


def rendered(overlay: str) -> list[Json]:
    """Every object of an overlay. StackError with kustomize's own words where it cannot."""
    command = [kubectl(), "kustomize", str(K8S / "overlays" / overlay)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)  # noqa: S603 - ours
    if done.returncode:
        raise StackError(f"{overlay}: {done.stderr.strip()}")
    return [each for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if each]


def as_text(objects: Sequence[Json]) -> str:
    """Documents that kubectl and others take; JSON is YAML, and is written much faster."""
    return "\n---\n".join(json.dumps(each) for each in objects)


def of_kind(objects: Sequence[Json], *kinds: str) -> Iterator[Json]:
    """Those of some kinds."""
    return (each for each in objects if each["kind"] in kinds)


def name_of(one: Mapping[str, Any]) -> str:
    """Kind and name, for a reader."""
    return f"{one['kind']} {one['metadata']['name']}"


def service_of(one: Mapping[str, Any]) -> str:
    """Which of ours it belongs to, by its label; empty: none."""
    return str(one["metadata"].get("labels", {}).get(NAME, ""))


def pod_of(workload: Json) -> Json:
    """The pod that a workload makes."""
    found: Json = workload["spec"]["template"]
    return found


def containers_of(workload: Json) -> list[Json]:
    """All of its pod's, those that start it included."""
    spec = pod_of(workload)["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes what has these labels."""
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(one, labels) for one in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None
