"""The OpenAPI document, made tidy: problems instead of the framework's errors, no duplicates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from reglament.http.openapi_examples import example_of
from reglament.http.problems import MEDIA_TYPE, PROBLEMS, TYPE_ROOT

METHODS = ("get", "put", "post", "patch", "delete")
PUBLIC = ("operation",)  # the tag of what needs no key
FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "type": "object",
    "required": ["type", "title", "status", "instance", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Stable. One of the listed, or another refusal's own.",
            "examples": [TYPE_ROOT + "rules-violated"],
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "version": {"type": "integer", "description": "The version it has now."},
        "violations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rule"],
                "properties": {
                    "rule": {"type": "string"},
                    "field": {"type": ["string", "null"]},
                    "detail": {"type": ["string", "null"]},
                },
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": ["string", "null"], "format": "json-pointer"},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
NAMES: Mapping[str, str] = {
    "400": "Malformed",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "Conflict",
    "412": "VersionConflict",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "Refused",
    "429": "TooManyRequests",
    "500": "Fault",
    "503": "Unavailable",
}


def tidy_openapi(app: FastAPI, tags: Mapping[str, str]) -> dict[str, Any]:
    """The document of `app`; `tags`: each tag's description. ValueError: an id stands twice."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        servers=[{"url": "/", "description": "The one origin, or the service itself"}],
        contact={"name": "Reglament", "url": "https://reglament.example"},
        license_info={"name": "Proprietary", "url": "https://reglament.example/license"},
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    components["schemas"] = dict(sorted(schemas.items()))
    components["responses"] = _responses()
    seen: set[str] = set()
    for method, operation in _operations(document):
        _tidy(operation, method)
        _exemplify(operation, components["schemas"])
        if operation["operationId"] in seen:
            raise ValueError(f"operationId {operation['operationId']} stands twice")
        seen.add(operation["operationId"])
    document["tags"] = _tags(document, tags)
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document.get("paths", {}).values():
        for method in METHODS:
            if method in path:
                yield method, path[method]


def _tidy(operation: dict[str, Any], method: str) -> None:
    operation.setdefault("description", operation.get("summary", ""))
    responses = operation["responses"]
    for status in _statuses(operation, method):
        said = responses.get(status)
        if said is None or _is_frameworks_own(said):
            responses[status] = {"$ref": f"#/components/responses/{NAMES[status]}"}
    operation["responses"] = dict(sorted(responses.items()))


def _exemplify(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """An example of the body it takes, where the route brings none of its own."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and not {"example", "examples"} & set(body):
        body["example"] = example_of(body["schema"], schemas)


def _statuses(operation: Mapping[str, Any], method: str) -> Sequence[str]:
    found = ["429", "500", "503"]
    if "422" in operation["responses"] or method != "get":
        found.append("422")
    if operation.get("security"):
        found += ["401", "403", "404"]
    if any(each["in"] == "query" for each in operation.get("parameters", ())):
        found.append("400")
    if method != "get":
        found += ["400", "409", "412"]
    if "requestBody" in operation:
        found += ["413", "415"]
    return found


def _is_frameworks_own(response: Mapping[str, Any]) -> bool:
    content = response.get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).endswith(FRAMEWORKS_OWN)


def _responses() -> dict[str, Any]:
    """One component a status, which lists the types that it may carry."""
    responses = {}
    for status, name in NAMES.items():
        kinds = {slug: kind for slug, kind in PROBLEMS.items() if kind.status == int(status)}
        text = "; ".join(f"`{slug}`: {kind.title}" for slug, kind in kinds.items())
        examples = {
            slug: {
                "value": {
                    "type": TYPE_ROOT + slug,
                    "title": kind.title,
                    "status": kind.status,
                    "instance": "/v1/tickets/0199d5c0-0000-7000-8000-000000000001",
                    "request_id": "0199d5c0-0000-7000-8000-00000000000a",
                }
            }
            for slug, kind in kinds.items()
        }
        schema = {"$ref": "#/components/schemas/Problem"}
        content = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
        responses[name] = {"description": text, "content": content}
    return responses


def _tags(document: Mapping[str, Any], known: Mapping[str, str]) -> list[dict[str, str]]:
    used = {tag for _, operation in _operations(document) for tag in operation.get("tags", ())}
    return [{"name": tag, "description": known.get(tag, tag.capitalize())} for tag in sorted(used)]
