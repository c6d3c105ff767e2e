"""All generated documents: path within the repository -> text."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reglament.contract.asyncapi import asyncapi_document
from reglament.contract.openapi_documents import SERVICES, NoApplication, openapi_document
from reglament.contract.pages import events_page, metrics_page
from reglament.contract.schemas import event_schema
from reglament.contract.settings_page import settings_page
from reglament.events.registry import all_types
from reglament.policy.model import Policy

POLICY_ID = "https://reglament.example/schemas/policy.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """texts: by path; missing: services that have no application."""

    texts: Mapping[str, str]
    missing: tuple[str, ...]


def generate() -> Documents:
    """Every document, from the code as it is."""
    texts = {
        "docs/contract/asyncapi.yaml": asyncapi_document(),
        "docs/contract/policy.schema.json": policy_schema(),
        "docs/events.md": events_page(),
        "docs/metrics.md": metrics_page(),
        "docs/settings.md": settings_page(),
    }
    for entry in all_types():
        path = f"docs/contract/events/{entry.name}.v{entry.version}.schema.json"
        texts[path] = _json(event_schema(entry))
    missing = []
    for service in SERVICES:
        try:
            texts[f"docs/contract/openapi/{service}.json"] = openapi_document(service)
        except NoApplication:
            missing.append(service)
    return Documents(texts=texts, missing=tuple(missing))


def policy_schema() -> str:
    """The JSON Schema of a policy file."""
    schema = Policy.model_json_schema(by_alias=True)
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return _json({"$schema": dialect, "$id": POLICY_ID, **schema})


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def stale(root: Path, documents: Documents) -> list[str]:
    """Schemas of events, or of versions, that never were: a newer one than the code's."""
    newest = {entry.name: entry.version for entry in all_types()}
    return [
        str(file.relative_to(root))
        for name, version, file in _schema_files(root)
        if version > newest.get(name, 0)
    ]


def _schema_files(root: Path) -> Iterator[tuple[str, int, Path]]:
    for file in sorted((root / "docs/contract/events").glob("*.schema.json")):
        name, _, rest = file.name.partition(".v")
        yield name, int(rest.partition(".")[0]), file
