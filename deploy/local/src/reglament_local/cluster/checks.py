"""What is held against a rendered overlay without a server."""

from collections.abc import Sequence

from reglament_local.cluster import environment, references, safety, streams, ways, wiring
from reglament_local.cluster.rendering import Json


def faults(objects: Sequence[Json]) -> list[str]:
    """`check: what is wrong`, of all of them."""
    found = {
        "environment": environment.faults(objects, environment.defaults()),
        "wiring": wiring.faults(objects),
        "references": references.faults(objects),
        "safety": safety.faults(objects),
        "ways": ways.faults(objects),
        "streams": streams.faults(objects),
    }
    return [f"{check}: {fault}" for check, told in found.items() for fault in told]
