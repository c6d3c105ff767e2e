"""kube-score's opinion of an overlay; what is otherwise on purpose is in exceptions.yaml."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reglament_local.cluster.exceptions import Exceptions
from reglament_local.cluster.rendering import WORKLOADS, Json, as_text

OURS = {*WORKLOADS, "Service", "PodDisruptionBudget", "NetworkPolicy", "Ingress", "Pod", "CronJob"}
SECONDS = 120
CRITICAL, OK = 1, 10


def faults(program: Path, objects: Sequence[Json], exceptions: Exceptions) -> list[str]:
    """Everything it grades below the best, unless there is a reason."""
    known = [one for one in objects if one["kind"] in OURS]
    done = subprocess.run(  # noqa: S603 - ours
        [str(program), "score", "--output-format", "json", "--kubernetes-version", "v1.34", "-"],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        input=as_text(known),
    )
    return [
        f"{one['object_name']}: {check['check']['id']}: {_said(check)}"
        for one in json.loads(done.stdout)
        for check in one["checks"]
        if check["grade"] < OK and not check["skipped"] and check["check"]["id"] not in exceptions
    ]


def _said(check: Json) -> str:
    return "; ".join(comment["summary"] for comment in check["comments"] or ())
