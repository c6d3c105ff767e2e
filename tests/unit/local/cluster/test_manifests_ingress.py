"""The Ingress leads every path where the local front does."""

import json
import re

import pytest

from reglament_local.cluster.manifests.ingress import SERVICE_OF, ingress
from reglament_local.places import CHECKOUT
from reglament_local.routes import owner_of

DOCUMENTS = sorted((CHECKOUT / "docs" / "contract" / "openapi").glob("*.json"))
PAGES = ("/", "/portal", "/desks/remsys", "/board/remsys/queue", "/static/pages.css")
PATHS = ((rule["path"], rule["backend"]) for rule in ingress()["spec"]["rules"][0]["http"]["paths"])
# As ingress-nginx does: longest first, without regard to case, from the beginning of the path.
TRIED = [
    (re.compile(pattern, re.IGNORECASE), backend["service"]["name"])
    for pattern, backend in sorted(PATHS, key=lambda one: -len(one[0]))
]


def reached(path: str) -> str | None:
    return next((service for pattern, service in TRIED if pattern.match(path)), None)


def paths_of_the_api() -> list[str]:
    found = {path for file in DOCUMENTS for path in json.loads(file.read_text())["paths"]}
    filled = {re.sub(r"\{[^}]+\}", "a-1", path) for path in found}
    return sorted(filled - {"/metrics", "/readyz"})


@pytest.mark.parametrize("path", [*PAGES, *paths_of_the_api()])
def test_a_path_reaches_the_service_that_owns_it(path: str) -> None:
    assert reached(path) == SERVICE_OF[owner_of(path)]


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_prometheus_and_kubernetes_ask_is_not_for_outside(path: str) -> None:
    assert reached(path) is None
