"""Who was erased, kept beside the backups: an old one must not bring anybody back."""

import json
from pathlib import Path
from typing import Any

import httpx

from reglament_local.secrets_file import write_private

FILE = "erasures.json"


def erasures_in(backups: Path) -> list[dict[str, Any]]:
    """The list as it was kept last; ids alone, nobody's data."""
    file = backups / FILE
    return list(json.loads(file.read_text())["items"]) if file.exists() else []


async def keep_erasures(intake: httpx.AsyncClient, backups: Path) -> int:
    """Add intake's list to the one that is kept; how many there are. Closes the client."""
    async with intake:
        answer = await intake.get("/erasures")
        answer.raise_for_status()
    known = {one["id"]: one for one in (*erasures_in(backups), *answer.json()["items"])}
    items = sorted(known.values(), key=lambda one: (one["erased_at"], one["id"]))
    write_private(backups / FILE, json.dumps({"items": items}, indent=1))
    return len(items)
