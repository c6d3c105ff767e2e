"""A desk that lives by letters."""

from reglament.clock import now
from reglament_local.demo.letters import File, written
from reglament_local.demo.pictures import bmp, png
from reglament_local.demo.stories.inn import fresh_inn
from reglament_local.demo.system import Desk, System, expect

BODY = """Добрый день!
Не открывается список отпусков, после входа пустая страница.

ИНН: {inn}
Версия: 3.1.14
Редакция: КОРП
"""


async def bmp_returned_png_opens(system: System) -> tuple[Desk, list[str]]:
    """WIS-04/06/12/15/18: a bare BMP is returned; the reply with a PNG opens the same number."""
    desk = Desk(system=system, name="wiseadvice")
    client, inn = system.address("olga"), fresh_inn(system.run)
    await desk.customer(
        f"romashka-{system.run}",
        {
            "name": "ООО Ромашка",
            "inn": inn,
            "emails": [client],
            "contracts": [
                {
                    "number": f"W-{system.run}",
                    "from": "2020-01-01",
                    "until": "2099-12-31",
                    "level": "commercial",
                }
            ],
        },
    )
    letter = written(
        sender=client,
        to=desk.mailbox,
        subject="Пустая страница отпусков",
        body=BODY.format(inn=inn),
        files=(File(name="экран.bmp", content=bmp()),),
    )
    await system.post.send(letter, now())

    async def answer() -> list[object] | None:
        return list(await system.post.inbox(client)) or None

    await system.until(answer, "a letter back about the BMP")
    back = (await system.post.inbox(client))[0]
    found = await desk.get(f"/letters?desk=wiseadvice&message_id={letter['Message-ID']}")
    expect(found["items"], "the letter is on the list of letters")
    expect(found["items"][0]["outcome"] == "returned", f"outcome {found['items'][0]}")
    identifier = found["items"][0]["ticket"]
    ticket = await desk.ticket(identifier)
    expect(ticket["status"] == "returned", f"a bare BMP: {ticket['status']}")
    expect(ticket["number"] in back.subject, f"{ticket['number']} in {back.subject!r}")

    reply = written(
        sender=client,
        to=desk.mailbox,
        subject=f"Re: {back.subject}",
        body="Прикладываю снимок в PNG.",
        answers=back,
        files=(File(name="экран.png", content=png()),),
    )
    await system.post.send(reply, now())
    opened = await desk.status(identifier, "accepted")
    expect(opened["number"] == ticket["number"], "the same number")

    async def confirmation() -> object | None:
        letters = await system.post.inbox(client)
        return next((found for found in letters[1:] if ticket["number"] in found.subject), None)

    await system.until(confirmation, "the confirmation with the number in its subject")
    thread = [found.headers for found in await system.post.inbox(client)]
    expect(
        all("in-reply-to" in headers for headers in thread),
        "every letter of ours answers one of theirs: one thread in the mailbox",
    )
    expect(
        all(headers["auto-submitted"][0] != "no" for headers in thread),
        "automatic letters say so",
    )
    await desk.clock_is(identifier, "first_response", "running")
    return desk, [identifier]
