"""A desk of the run's own, with promises of seconds, so that clocks fire in every round."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from reglament_local.desks import Desks
from reglament_local.ports import free_ports
from reglament_local.stack import Stack, stack_from

NAME = "chaos"
LEVELS = ("L1", "L2", "L3")


def policy() -> dict[str, Any]:
    """Everything that a clock or a queue may do, quickly. Letters are not limited."""
    always = {"calendar": "always"}
    pausing = {"pauses": ["waiting", "deferred"]}
    return {
        "desk": NAME,
        "name": "Chaos",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "number": "CHA-{sequence:06d}",
        "mailbox": {"address": f"support@{NAME}.example", "secret": "LOCAL_MAILBOX"},
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"web": {"accept": "always"}, "email": {"accept": "always"}},
        "priorities": {"default": "normal", "levels": ["high", "normal", "low"]},
        "sla": {
            "targets": [
                {"metric": "first_response", "within": "6s", "at_risk": [50], **always},
                {"metric": "update", "within": "15s", **always},
                {"metric": "handling", "priority": "high", "within": "10s", **always, **pausing},
                {"metric": "handling", "within": "20s", "at_risk": [75], **always, **pausing},
            ]
        },
        "levels": [{"name": level} for level in LEVELS],
        "escalation": [
            {"on": "at_risk", "metric": "first_response", "step": 50, "to": "next_level"},
            {"on": "breached", "metric": "handling", "to": "next_level"},
        ],
        "reasons": {"deferral": ["client_asked"], "refusal": ["abuse"]},
        "notifications": {"limit_per_address": "100000/h", "on": ["assigned", "status"]},
    }


def stack_in(folder: Path, others: Path | None = None) -> Stack:
    """On free ports, in a folder of its own, on a real disk; its policies are `others`' (None:
    every desk's) and this one.
    """
    environ = {**os.environ, **free_ports(), "REGLAMENT_RUN": str(folder / "run")}
    stack = stack_from({**environ, "REGLAMENT_DURABLE": "1"})
    policies = folder / "policies"
    shutil.copytree(others or stack.places.policies, policies, dirs_exist_ok=True)
    (policies / f"{NAME}.yaml").write_text(json.dumps(policy(), indent=1))
    return replace(stack, places=replace(stack.places, policies=policies))


async def published(stack: Stack, intake: str) -> dict[str, dict[str, str]]:
    """The stack's policies are in use; keys by desk and role. intake: its base URL."""
    async with httpx.AsyncClient(
        base_url=intake,
        headers={"Authorization": f"Bearer {stack.secrets['admin_key']}"},
        trust_env=False,
        timeout=60,
    ) as client:
        desks = Desks(client, stack.places.run / "published.json", "own")
        await desks.publish(stack.places.policies)
    return desks.keys
