"""The rendered overlays are held against the code, and wounds in them are seen without a server."""

from functools import cache

import pytest

from reglament_local.cluster.checks import faults
from reglament_local.cluster.mutations import MUTATIONS
from reglament_local.cluster.rendering import OVERLAYS, Json, rendered

# Seen by the API server alone, which `make k8s-check` starts.
OF_THE_SERVER = {
    "a misspelt field of a Deployment",
    "a request above its limit",
    "a volume that there is not",
    "a misspelt field of the PostgreSQL cluster",
}


@cache
def objects(overlay: str) -> list[Json]:
    return rendered(overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_says_what_the_code_says(overlay: str) -> None:
    assert faults(objects(overlay)) == []


@pytest.mark.parametrize(
    "name", [each.name for each in MUTATIONS if each.name not in OF_THE_SERVER]
)
def test_a_wound_is_seen(name: str) -> None:
    (mutation,) = (each for each in MUTATIONS if each.name == name)
    wounded, _ = mutation.wounded(objects("prod"))
    assert faults(wounded) != []


def test_what_only_the_server_sees_is_among_the_wounds() -> None:
    assert {each.name for each in MUTATIONS} >= OF_THE_SERVER
