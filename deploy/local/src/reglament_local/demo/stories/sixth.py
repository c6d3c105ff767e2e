"""A desk nobody knew before, published while running, whose targets are seconds."""

import base64
import json
import secrets
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from reglament_local.demo.publishing import SECRET, published
from reglament_local.demo.receiver import Receiver, listening
from reglament_local.demo.system import Desk, Json, System, expect

MINIMUM_SECONDS = 4


def policy(name: str) -> dict[str, Any]:
    """The smallest desk with a clock and two levels."""
    return {
        "desk": name,
        "name": "Sixth desk",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "number": f"{name[:5].upper()}-{{sequence:04d}}",
        "mailbox": {"address": f"support@{name}.example", "secret": SECRET},
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"web": {"accept": "always"}, "email": {"accept": "always"}},
        "sla": {
            "targets": [
                {
                    "metric": "first_response",
                    "within": f"{MINIMUM_SECONDS}s",
                    "calendar": "always",
                    "at_risk": [50],
                }
            ]
        },
        "levels": [{"name": "L1"}, {"name": "L2"}],
        "escalation": [{"on": "breached", "metric": "first_response", "to": "next_level"}],
    }


async def breached_by_the_clock(system: System) -> tuple[Desk, list[str]]:
    """Published while running; at risk, breached at due, escalated, engineer and webhook told."""
    name = f"sixth{system.run}"
    desk = await published(system, policy(name))
    with listening() as receiver:
        return desk, [await _the_story(desk, receiver)]


async def _the_story(desk: Desk, receiver: Receiver) -> str:
    system = desk.system
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    await desk.engineer("first", "L1", locale="en")
    second = await desk.engineer("second", "L2", locale="en")
    await system.call(
        "POST",
        "/subscriptions",
        key=system.key(desk.name, "integrator"),
        body={
            "url": receiver.url,
            "desk": desk.name,
            "types": ["ClockBreached", "Escalated"],
            "secret": secret,
        },
        status=201,
    )
    ticket = await desk.open(
        {
            "channel": "web",
            "subject": "The coffee machine is down",
            "description": "It blinks twice and stops.",
            "requester": {"name": "Ann", "email": system.address("ann")},
        }
    )
    identifier = str(ticket["id"])
    breached = await desk.clock_is(identifier, "first_response", "breached")
    rows = await desk.happened(identifier, "ClockAtRisk", "ClockBreached", "Escalated")
    _dated_at_due(breached, rows)

    async def told() -> object | None:
        letters = await system.post.inbox(system.address(second))
        return next((found for found in letters if ticket["number"] in found.subject), None)

    await system.until(told, "the engineer of L2 is mailed")

    async def delivered() -> bool:
        types = {json.loads(body)["type"] for _, body in receiver.requests}
        return {"ClockBreached", "Escalated"} <= types

    await system.until(delivered, "the webhook is delivered")
    for headers, body in receiver.requests:
        Webhook(secret).verify(body, headers)
    return identifier


def _dated_at_due(breached: Json, rows: list[Json]) -> None:
    said = next(row for row in rows if row["type"] == "ClockBreached")
    due, at = datetime.fromisoformat(said["data"]["due_at"]), datetime.fromisoformat(said["at"])
    recorded = datetime.fromisoformat(said["recorded_at"])
    expect(at == due, f"the breach is dated {at}, due was {due}")
    expect(breached["breached_at"], "the target says when")
    late = (recorded - due).total_seconds()
    expect(0 <= late < 5, f"recorded {late:.3f} s after due")
