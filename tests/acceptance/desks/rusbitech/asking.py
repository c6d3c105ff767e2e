"""What this desk is asked, and by whom."""

from typing import Any

from tests.acceptance.rules.desk import LONG, DeskInUse

REQUEST: dict[str, Any] = {
    "channel": "email",
    "subject": "Не запускается каталог",
    "description": "Служба не стартует после перезагрузки.",
    "category": "operability",
    "requester": {"name": "Иван Петров", "phone": "+7 495 123 45 67", "locale": "ru"},
    "fields": {"manual_read": "да"},
}
LETTER = "Не открывается каталог.\n\nКатегория: Ошибки\nРуководство изучено: да\n"
DAY_OFF = "2025-11-03"  # a transferred one, before the holiday of the 4th


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> DeskInUse:
    """The desk, with that one on its register."""
    run = desk.system.run
    terms = {"number": f"R-{run}", **LONG, **contract}
    customer = {"name": "Завод", "emails": [desk.system.address(who)], "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return desk
