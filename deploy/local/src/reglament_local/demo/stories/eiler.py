"""A French-speaking desk that accepts only what it could confirm."""

from reglament_local.demo.pictures import attachment, png
from reglament_local.demo.system import Desk, System, expect


async def returned_and_completed(system: System) -> tuple[Desk, list[str]]:
    """EIL-05/07/13: returned for its frequency; completed; accepted when confirmed; 48 h."""
    desk = Desk(system=system, name="eiler")
    ticket = await desk.open(
        {
            "channel": "web",
            "subject": "Le module de supervision s'arrête",
            "description": "Après la mise à jour, le module s'arrête au démarrage.",
            "priority": "high",
            "category": "operation",
            "requester": {
                "name": "Claire Martin",
                "email": system.address("claire"),
                "phone": "+33 1 23 45 67 89",
                "locale": "fr",
            },
            "fields": {"steps": "1. Installer la 4.2\n2. Démarrer", "version": "4.2"},
            "attachments": [attachment("ecran.png", png())],
        }
    )
    identifier = ticket["id"]
    expect(ticket["status"] == "returned", f"without frequency: {ticket['status']}")
    broken = {violation["field"] for violation in ticket["violations"]}
    expect(any("frequency" in (field or "") for field in broken), f"violations name {broken}")
    expect(await desk.clock(identifier, "handling") is None, "a returned ticket has no clock")

    await desk.act(identifier, "information", {"fields": {"frequency": "à chaque démarrage"}})
    await desk.status(identifier, "accepted")
    rows = await desk.happened(identifier, "NotificationSent", "TicketAccepted")
    types = [row["type"] for row in rows]
    expect(types.index("TicketReturned") < types.index("TicketOpened"), f"order: {types}")
    confirmed = next(
        index
        for index, row in enumerate(rows)
        if row["type"] == "NotificationSent" and row["data"]["template"] == "confirmation"
    )
    expect(confirmed < types.index("TicketAccepted"), f"accepted before it was told: {types}")
    clock = await desk.clock_is(identifier, "handling", "running")
    expect(clock["within"] == "48h" and clock["calendar"] == "business_days", f"target {clock}")
    return desk, [identifier]


async def messenger_is_not_official(system: System) -> tuple[Desk, list[str]]:
    """EIL-04: refused, the official channels named, nothing on any topic."""
    desk = Desk(system=system, name="eiler")
    before = await system.call(
        "GET", f"/tickets?desk=eiler&q=messagerie-{system.run}", key=system.key("eiler", "agent")
    )
    problem = await desk.open(
        {
            "channel": "messenger",
            "subject": f"messagerie-{system.run}",
            "description": "Bonjour, une question rapide.",
            "requester": {"name": "Luc", "email": system.address("luc")},
        },
        status=422,
    )
    expect(problem["type"].endswith("channel-not-accepted"), f"type {problem['type']}")
    expect("support@eiler.example" in str(problem), "the official channels are named")
    after = await system.call(
        "GET", f"/tickets?desk=eiler&q=messagerie-{system.run}", key=system.key("eiler", "agent")
    )
    expect(before.json()["items"] == after.json()["items"] == [], "nothing is registered")
    return desk, []
