"""deploy/k8s/exceptions.yaml: where the manifests differ from a check, and why."""

from collections.abc import Mapping

import yaml

from reglament_local.cluster.rendering import K8S

Exceptions = Mapping[str, str]


def exceptions(check: str) -> Exceptions:
    """What is excused -> why, of one check."""
    found: dict[str, Exceptions] = yaml.safe_load((K8S / "exceptions.yaml").read_text("utf-8"))
    return found[check]
