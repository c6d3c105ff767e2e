"""What this desk is asked, and by whom."""

from typing import Any

from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import LONG, DeskInUse

REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Приставки не получают список каналов",
    "description": "После обновления портала приставки показывают пустой список.",
    "requester": {"name": "Павел Сергеев", "locale": "ru"},
}


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> str:
    """That one on the desk's register, under a contract; its name there."""
    run = desk.system.run
    terms = {"number": f"M-{run}-{who}", **LONG, **contract}
    name = f"Кабельное ТВ {run} {who}"
    customer = {"name": name, "emails": [desk.system.address(who)], "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return name


async def by_letter(desk: DeskInUse, subject: str = "Пустой список каналов") -> Json:
    """The ticket of a letter of the client's."""
    pavel = desk.writer()
    fate = await pavel.sent(pavel.letter(subject, body=f"Список пуст с утра. {subject}"))
    assert fate["outcome"] == "ticket", fate
    return await desk.ticket(fate["ticket"])
