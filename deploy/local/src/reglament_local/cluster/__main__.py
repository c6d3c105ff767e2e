"""`python -m reglament_local.cluster`: the manifests against a real API server and the code.

Both overlays; then the wounds of `mutations.py`, each of which must be seen by one of the checks.
Exits with 1 where anything is found, or a wound is not.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reglament_local.cluster import checks, scoring
from reglament_local.cluster.apiserver import ApiServer, api_server
from reglament_local.cluster.builds import Builds
from reglament_local.cluster.exceptions import exceptions
from reglament_local.cluster.mutations import MUTATIONS
from reglament_local.cluster.rendering import OVERLAYS, Json, of_kind, rendered
from reglament_local.debian import binary
from reglament_local.errors import StackError
from reglament_local.places import places_from

WOUNDED = "prod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What overlays are held against, in this order."""

    server: ApiServer
    score: Path

    def faults(self, objects: Sequence[Json], changed: Sequence[Json]) -> dict[str, list[str]]:
        """Judge -> what it finds wrong. changed: what the server has not seen as it is now."""
        return {
            "code": checks.faults(objects),
            "API server": self.server.faults(changed),
            "kube-score": scoring.faults(self.score, objects, exceptions("score")),
        }


def _said(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _overlay(judges: Judges, name: str) -> bool:
    objects, began = rendered(name), time.monotonic()
    judges.server.create(list(of_kind(objects, "Namespace")))
    found = judges.faults(objects, objects)
    for judge, faults in found.items():
        for fault in faults:
            _said(f"{name}: {judge}: {fault}")
    number = sum(map(len, found.values()))
    _said(f"{name}: {len(objects)} objects, {number} faults, {time.monotonic() - began:.1f} s")
    return number == 0


def _wounds(judges: Judges) -> bool:
    objects, unseen = rendered(WOUNDED), 0
    for mutation in MUTATIONS:
        whole, wounded = mutation.wounded(objects)
        found = judges.faults(whole, [wounded])
        seen = [judge for judge, faults in found.items() if faults]
        unseen += not seen
        _said(f"  {mutation.name:<50} {', '.join(seen) or 'NOT SEEN'}")
    _said(f"{len(MUTATIONS)} wounds, {len(MUTATIONS) - unseen} seen")
    return unseen == 0


async def check() -> bool:
    """Builds what is missing, starts the server, says what is found."""
    tools = places_from({}).tools
    builds = Builds(tools)
    program, score = builds.api_server(), builds.score()
    definitions = await builds.definitions()
    with tempfile.TemporaryDirectory(prefix="reglament-k8s-") as folder:
        etcd = binary("etcd", "etcd-server", tools)
        began = time.monotonic()
        async with api_server(program, etcd, Path(folder)) as server:
            server.define(definitions)
            _said(f"kube-apiserver with its definitions: {time.monotonic() - began:.1f} s")
            judges = Judges(server=server, score=score)
            clean = [_overlay(judges, name) for name in OVERLAYS]
            return all((*clean, _wounds(judges)))


def main() -> int:
    """0: clean, and every wound seen."""
    try:
        return 0 if asyncio.run(check()) else 1
    except StackError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
