"""A desk of the run's own, with promises of seconds, so that clocks fire in every round."""

import json
import shutil
from pathlib import Path
from typing import Any

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


def policies_in(folder: Path, others: Path) -> Path:
    """A folder with `others`' policies and this one."""
    shutil.copytree(others, folder, dirs_exist_ok=True)
    (folder / f"{NAME}.yaml").write_text(json.dumps(policy(), indent=1))
    return folder
