"""What the services say of themselves: clocks reckoned anew, read models built anew."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reglament_local.chaos.evidence import Finding
from reglament_local.chaos.house import House
from reglament_local.secrets_file import DATABASES
from reglament_local.services import environ_of

SECONDS = 600.0


async def clocks(house: House, as_of: datetime) -> list[Finding]:
    """`sla_clock audit`: what should have been recorded and was not."""
    environ = environ_of(house.stack, "sla_clock", house.addresses, os.environ)
    code, said = await _run(environ, "sla_clock", "audit", as_of.isoformat())
    try:
        rows = [json.loads(line) for line in said.splitlines()] if code else []
        return [
            Finding(kind="clocks", what=f"{row['ticket']} lacks {row['type']} {row['event']}")
            for row in rows
        ]
    except (ValueError, KeyError):
        return [Finding(kind="clocks", what=f"the audit failed ({code}): {said[-1000:]}")]


async def projections(house: House) -> list[Finding]:
    """`reglament rebuild all`: every read model from Kafka again, compared row for row."""
    environ = dict(os.environ) | {"REGLAMENT_KEY": house.stack.secrets["admin_key"]}
    for service in DATABASES:
        environ[f"REGLAMENT_{service.upper()}_URL"] = house.urls[house.replicas[service][0]]
    code, said = await _run(environ, "reglament.cli", "rebuild", "all", "--json")
    try:
        results: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return [Finding(kind="projections", what=f"the rebuild failed ({code}): {said[-1000:]}")]
    return [
        Finding(kind="projections", what=json.dumps(one)[:1000])
        for one in results
        if one["phase"] != "swapped" or not one["result"]["is_same"]
    ]


async def _run(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, faults = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"{' '.join(words)} took more than {SECONDS:.0f} s"
    # Progress goes to stderr; without an answer it says what went wrong.
    return process.returncode or 0, (out or faults).decode(errors="replace")
