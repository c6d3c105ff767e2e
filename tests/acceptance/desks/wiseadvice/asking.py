"""What this desk is asked, and by whom."""

from dataclasses import replace
from typing import Any

from reglament_local.demo.letters import File
from reglament_local.demo.pictures import attachment, png
from reglament_local.demo.stories.inn import fresh_inn
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import LONG, DeskInUse

REQUEST: dict[str, Any] = {
    "channel": "email",
    "subject": "Пустая страница отпусков",
    "description": "Не открывается список отпусков, после входа пустая страница.",
    "requester": {"name": "Ольга Иванова", "locale": "ru"},
    "fields": {"version": "3.1.14", "edition": "КОРП"},
    "attachments": [attachment("экран.png", png())],
}
BODY = """Не открывается список отпусков, после входа пустая страница.

ИНН: {inn}
Версия: 3.1.14
Редакция: КОРП
"""
PICTURE = File(name="экран.png", content=png())


def inn_of(desk: DeskInUse, who: str = "client") -> str:
    """An INN of that one's, in this test alone."""
    return fresh_inn(f"{int(desk.system.run, 16) + sum(who.encode()):x}")


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> str:
    """That one on the desk's register, under a contract; its INN."""
    run, inn = desk.system.run, inn_of(desk, who)
    terms = {"number": f"W-{run}-{who}", **LONG, **contract}
    emails = [desk.system.address(who)]
    customer = {"name": "ООО Ромашка", "inn": inn, "emails": emails, "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return inn


async def ready(desk: DeskInUse) -> DeskInUse:
    """The desk; its client of this test has a contract, and gives the INN."""
    inn = await contracted(desk)
    return replace(desk, valid=REQUEST | {"fields": REQUEST["fields"] | {"inn": inn}})


async def by_letter(
    desk: DeskInUse, who: str = "client", body: str = BODY, files: tuple[File, ...] = (PICTURE,)
) -> Json:
    """What became of a letter of that one's, about the client's INN."""
    olga = desk.writer(who)
    said = body.format(inn=inn_of(desk))
    return await olga.sent(olga.letter("Пустая страница отпусков", body=said, files=files))


async def clock(desk: DeskInUse, ticket: str, metric: str) -> tuple[str, str]:
    """What that running clock promises, by which calendar."""
    found = await desk.clock_is(ticket, metric, "running")
    return found["within"], found["calendar"]


async def taken(desk: DeskInUse, ticket: str) -> str:
    """The engineer who has the ticket from now on."""
    engineer = await desk.engineer("anna", "L1")
    await desk.queued(ticket)
    await desk.act(ticket, "assignment", {"engineer": engineer})
    await desk.status(ticket, "in_progress")
    return engineer
