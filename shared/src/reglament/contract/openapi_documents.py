"""Each service's OpenAPI document, from its application as it is composed."""

import json
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, get_type_hints

SERVICES: Mapping[str, str] = {
    "intake": "intake",
    "sla-clock": "sla_clock",
    "escalation": "escalation",
    "notifier": "notifier",
}
# Nothing is opened: an application does nothing before its lifespan begins.
ANYTHING: Mapping[str, Any] = {
    "port": 1,
    "database": "postgresql://nowhere",
    "kafka": "nowhere:1",
    "secret": "x" * 32,
    "admin_key": None,
}


class NoApplication(RuntimeError):
    """The service has no application yet."""


def application(service: str, **settings: Any) -> Any:
    """The service's application, as it is composed. Raises NoApplication."""
    package = SERVICES[service]
    if find_spec(package) is None or find_spec(f"{package}.app") is None:
        raise NoApplication(service)
    create_app = import_module(f"{package}.app").create_app
    kind = get_type_hints(create_app)["settings"]
    return create_app(kind.model_validate({**ANYTHING, **settings}))


def openapi_document(service: str) -> str:
    """The document as JSON. Raises NoApplication; other faults of the service come through."""
    return json.dumps(application(service).openapi(), indent=2, ensure_ascii=False) + "\n"
