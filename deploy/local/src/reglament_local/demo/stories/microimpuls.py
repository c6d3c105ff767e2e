"""A desk that works only under a contract."""

from reglament.clock import now
from reglament_local.demo.letters import written
from reglament_local.demo.system import Desk, System, expect


async def contract_needed(system: System) -> tuple[Desk, list[str]]:
    """MIC-02/03: without a contract refused; with one: number and portal hint; wait, resume."""
    desk = Desk(system=system, name="microimpuls")
    former, client = system.address("former"), system.address("pavel")
    ended = {"number": f"M-{system.run}-0", "from": "2020-01-01", "until": "2020-12-31"}
    await desk.customer(
        f"radio-{system.run}", {"name": "Радио", "emails": [former], "contracts": [ended]}
    )
    letter = written(
        sender=former,
        to=desk.mailbox,
        subject="Не работает вещание на приставках",
        body="После обновления каналы не открываются.",
    )
    await system.post.send(letter, now())

    async def outcome() -> dict[str, object] | None:
        found = await desk.get(f"/letters?desk=microimpuls&message_id={letter['Message-ID']}")
        return found["items"][0] if found["items"] and found["items"][0]["outcome"] else None

    refused = await system.until(outcome, "what became of the former client's letter")
    expect(refused["outcome"] == "refused", f"without a contract: {refused}")

    await desk.customer(
        f"tv-{system.run}",
        {
            "name": "Кабельное ТВ",
            "emails": [client],
            "contracts": [
                {
                    "number": f"M-{system.run}",
                    "from": "2020-01-01",
                    "until": "2099-12-31",
                    "level": "premium",
                }
            ],
        },
    )
    letter = written(
        sender=client,
        to=desk.mailbox,
        subject="Приставки не получают список каналов",
        body="Добрый день! После обновления портала приставки показывают пустой список.",
    )
    await system.post.send(letter, now())

    async def registered() -> str | None:
        found = await desk.get(f"/letters?desk=microimpuls&message_id={letter['Message-ID']}")
        items = found["items"]
        return str(items[0]["ticket"]) if items and items[0]["outcome"] == "ticket" else None

    identifier = await system.until(registered, "the client's letter registers")
    ticket = await desk.status(identifier, "accepted")

    async def automatic() -> object | None:
        letters = await system.post.inbox(client)
        return next((found for found in letters if ticket["number"] in found.subject), None)

    await system.until(automatic, "the automatic answer with the number")
    answer = next(
        found for found in await system.post.inbox(client) if ticket["number"] in found.subject
    )
    expect(f"/tickets/{identifier}" in answer.text, "the way to the portal is in the letter")

    await desk.act(identifier, "info-requests", {"items": ["client", "conditions"]})
    await desk.clock_is(identifier, "resolution", "paused")
    reply = written(
        sender=client,
        to=desk.mailbox,
        subject=f"Re: {answer.subject}",
        body="Кабельное ТВ, приставки MAG 520, прошивка 2.20.",
        answers=answer,
    )
    await system.post.send(reply, now())
    await desk.clock_is(identifier, "resolution", "running")
    await desk.happened(identifier, "InfoRequested", "ClockPaused", "ClockResumed")
    return desk, [identifier]
