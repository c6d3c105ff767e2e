"""`python -m reglament_local.cluster`: the manifests against a real API server and the code.

Both overlays; then the wounds of `mutations.py`, each of which must be seen by one of the checks.
Exits with 1 where anything is found, or a wound is not.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
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
Found = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What overlays are held against, in this order."""

    server: ApiServer
    score: Path

    def faults(self, objects: Sequence[Json], changed: Sequence[Json]) -> Found:
        """Judge -> what it finds wrong. changed: what the server has not seen as it is now."""
        return {
            "code": checks.faults(objects),
            "API server": self.server.faults(changed),
            "kube-score": scoring.faults(self.score, objects, exceptions("score")),
        }


def _said(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _overlay(judges: Judges, name: str) -> Found:
    """What is wrong with an overlay as it is committed."""
    objects, began = rendered(name), time.monotonic()
    judges.server.create(list(of_kind(objects, "Namespace")))
    found = judges.faults(objects, objects)
    for judge, faults in found.items():
        for fault in faults:
            _said(f"{name}: {judge}: {fault}")
    number = sum(map(len, found.values()))
    _said(f"{name}: {len(objects)} objects, {number} faults, {time.monotonic() - began:.1f} s")
    return found


def _seen_by(before: Found, after: Found) -> list[str]:
    """Judges that find something new, with the checks of the code that do."""
    new = {judge: set(faults) - set(before[judge]) for judge, faults in after.items()}
    checks = sorted({fault.partition(":")[0] for fault in new["code"]})
    return [f"code ({', '.join(checks)})" if one == "code" else one for one in new if new[one]]


def _wounds(judges: Judges, before: Found) -> bool:
    objects, unseen, began = rendered(WOUNDED), 0, time.monotonic()
    for mutation in MUTATIONS:
        whole, wounded = mutation.wounded(objects)
        found = judges.faults(whole, [wounded])
        seen = _seen_by(before, found)
        unseen += not seen
        _said(f"  {mutation.name:<50} {', '.join(seen) or 'NOT SEEN'}")
    seconds = time.monotonic() - began
    _said(f"{len(MUTATIONS)} wounds, {len(MUTATIONS) - unseen} seen, {seconds:.1f} s")
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
            found = {name: _overlay(judges, name) for name in OVERLAYS}
            is_clean = not any(faults for each in found.values() for faults in each.values())
            return _wounds(judges, found[WOUNDED]) and is_clean


def main() -> int:
    """0: clean, and every wound seen."""
    try:
        return 0 if asyncio.run(check()) else 1
    except StackError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
