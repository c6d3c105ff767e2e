"""Business hours, letters at night, and what goes out of turn."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reglament.clock import now
from reglament_local.demo.letters import written
from reglament_local.demo.system import Desk, Json, System, expect

MOSCOW = ZoneInfo("Europe/Moscow")


def last_night() -> datetime:
    """02:30 in Moscow, the last time it was."""
    local = now().astimezone(MOSCOW)
    night = local.replace(hour=2, minute=30, second=0, microsecond=0)
    return night if night < local else night - timedelta(days=1)


async def _customer(desk: Desk, client: str) -> None:
    await desk.customer(
        f"zavod-{desk.system.run}",
        {
            "name": "Завод",
            "emails": [client],
            "contracts": [
                {"number": f"R-{desk.system.run}", "from": "2020-01-01", "until": "2099-12-31"}
            ],
        },
    )


async def night(system: System) -> tuple[Desk, list[str]]:
    """RUS-05/06/09/10: a call at night refused, a letter registers; high goes first, 24x7."""
    desk = Desk(system=system, name="rusbitech")
    client = system.address("ivan")
    await _customer(desk, client)
    call = {
        "channel": "phone",
        "subject": "Не запускается каталог",
        "description": "Служба не стартует после перезагрузки.",
        "category": "operability",
        "requester": {"name": "Иван", "email": client, "phone": "+7 495 123 45 67"},
        "fields": {"manual_read": "да"},
        "received_at": last_night().isoformat(),
    }
    problem = await desk.open(call, role="agent", status=422)
    expect(problem["type"].endswith("channel-not-accepted"), f"a call at night: {problem}")
    expect("10:00" in str(problem) or "07:00" in str(problem), f"the next opening: {problem}")
    by_night = await _letter_at_night(desk, client)
    urgent = await _out_of_turn(desk, call, by_night)
    return desk, [by_night, urgent]


async def _letter_at_night(desk: Desk, client: str) -> str:
    system = desk.system
    letter = written(
        sender=client,
        to=desk.mailbox,
        subject="Ошибка при входе в каталог",
        body="Не открывается каталог.\n\nКатегория: Ошибки\nРуководство изучено: да\n",
    )
    await system.post.received_at(letter, desk.mailbox, last_night())

    async def registered() -> str | None:
        found = await desk.get(f"/letters?desk=rusbitech&message_id={letter['Message-ID']}")
        items = found["items"]
        return str(items[0]["ticket"]) if items and items[0]["outcome"] == "ticket" else None

    by_night = await system.until(registered, "the letter at night registers")
    sla = await system.until(lambda: _sla(desk, by_night), "the letter's clock, with its segments")
    first = next(part for part in sla["segments"] if part["metric"] == "first_response")
    expect(not first["counted"], f"night does not count: {first}")
    opening = datetime.fromisoformat(first["to"]).astimezone(MOSCOW)
    later = [part for part in sla["segments"] if part["counted"]]
    expect(not later or opening.hour <= 10, f"the clock starts at opening: {first}")
    return by_night


async def _out_of_turn(desk: Desk, call: Json, by_night: str) -> str:
    urgent = await desk.open(
        {
            **{key: value for key, value in call.items() if key != "received_at"},
            "channel": "email",
            "subject": "Каталог недоступен всем",
            "priority": "high",
        }
    )
    clock = await desk.clock_is(urgent["id"], "first_response", "running")
    expect(clock["calendar"] == "always", f"high counts 24x7: {clock}")
    engineer = await desk.engineer("dezhurny", "L1")

    async def first_of_the_queue() -> str | None:
        queue = (await desk.get("/desks/rusbitech/queue"))["items"]
        ids = [row["ticket"] for row in queue]
        return ids[0] if {urgent["id"], by_night} <= set(ids) else None

    head = await desk.system.until(first_of_the_queue, "both stand in the queue")
    taken = await desk.claim(engineer)
    expect(taken is not None, "the queue hands one out")
    ticket = await desk.ticket(head)
    expect(ticket["priority"] == "high", f"high is claimed first, not {ticket['priority']}")
    return str(urgent["id"])


async def _sla(desk: Desk, ticket: str) -> dict[str, list[dict[str, str]]] | None:
    answer = await desk.system.call(
        "GET", f"/tickets/{ticket}/sla", key=desk.system.key(desk.name, "agent")
    )
    return answer.json() if answer.is_success and answer.json()["segments"] else None
