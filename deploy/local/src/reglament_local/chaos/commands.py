"""What the services say of themselves: clocks reckoned anew, projections built anew."""

import asyncio
import json
import os
import sys
from datetime import datetime

from reglament_local.chaos.evidence import Finding
from reglament_local.chaos.house import House
from reglament_local.secrets_file import DATABASES
from reglament_local.services import environ_of

SECONDS = 600.0


async def clocks(house: House, as_of: datetime) -> list[Finding]:
    """`sla_clock audit`: what should have been recorded and was not."""
    code, said = await _run(house, "sla_clock", "audit", as_of.isoformat())
    lines = said.splitlines()
    if code == 0 and not lines:
        return []
    try:
        rows = [json.loads(line) for line in lines]
        return [
            Finding(kind="clocks", what=f"{row['ticket']} lacks {row['type']} {row['event']}")
            for row in rows
        ]
    except (ValueError, KeyError):
        return [Finding(kind="clocks", what=f"the audit failed ({code}): {said[-1000:]}")]


async def projections(house: House) -> list[Finding]:
    """`<service> rebuild`: every read model from Kafka again, compared row for row."""
    found = []
    for service in DATABASES:
        code, said = await _run(house, service, "rebuild")
        if code:
            found.append(Finding(kind="projections", what=f"{service}: {said[-1000:]}"))
    return found


async def _run(house: House, service: str, *words: str) -> tuple[int, str]:
    environ = environ_of(house.stack, service, house.addresses, os.environ)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        service,
        *words,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"{service} {' '.join(words)} took more than {SECONDS:.0f} s"
    return process.returncode or 0, out.decode(errors="replace")
