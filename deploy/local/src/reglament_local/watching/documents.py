"""What is generated into deploy/grafana and deploy/prometheus: path -> text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from reglament.contract import generated
from reglament_local.watching.boards import BOARDS
from reglament_local.watching.rules import rule_tests, rules

MADE = "# Made by `make watching` from deploy/local/src/reglament_local/watching; do not edit.\n"
PROVIDER = {
    "apiVersion": 1,
    "providers": [
        {
            "name": "reglament",
            "type": "file",
            "allowUiUpdates": False,
            "options": {
                "path": "/var/lib/grafana/dashboards",
                "foldersFromFilesStructure": True,
            },
        }
    ],
}
SOURCE = {
    "apiVersion": 1,
    "datasources": [
        {
            "name": "Prometheus",
            "uid": "prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": "http://prometheus:9090",
            "isDefault": True,
        }
    ],
}


def documents() -> Mapping[str, str]:
    """Every file, from the code as it is."""
    made = {
        f"deploy/grafana/dashboards/Reglament/{board.uid}.json": _json(board.document())
        for board in BOARDS
    }
    return {
        **made,
        "deploy/grafana/provisioning/dashboards/reglament.yaml": _yaml(PROVIDER),
        "deploy/grafana/provisioning/datasources/prometheus.yaml": _yaml(SOURCE),
        "deploy/prometheus/rules.yaml": _yaml(rules()),
        "deploy/prometheus/tests.yaml": _yaml(rule_tests()),
    }


def differing(root: Path) -> list[str]:
    """Paths whose file is missing or says something else; files that no code makes."""
    return generated.differing(root, documents(), _present(root))


def write(root: Path) -> list[str]:
    """Write what differs; the paths written or removed."""
    return generated.write(root, documents(), _present(root))


def _present(root: Path) -> list[str]:
    return generated.files_in(root, "deploy/grafana/dashboards", "*.json")


def _yaml(document: Any) -> str:
    return MADE + str(yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True))


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
