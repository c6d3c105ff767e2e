"""What this desk is asked, and by whom."""

from datetime import timedelta
from typing import Any

from reglament.clock import now
from tests.acceptance.rules.desk import DeskInUse

REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Сервер базы данных не отвечает",
    "description": "С утра приложение не может подключиться к базе.",
    "priority": "normal",
    "requester": {"name": "Анна Петрова", "locale": "ru"},
}
BOTH = ["ru", "en"]
SECOND: dict[str, Any] = {"languages": BOTH, "qualifications": ["procedures", "exam_l2"]}
THIRD: dict[str, Any] = {"languages": BOTH, "qualifications": ["procedures", "exam_l3"]}


async def came(desk: DeskInUse, ago: timedelta, **changes: object) -> str:
    """A ticket of a request that came so long ago, entered by an agent."""
    at = (now() - ago).isoformat()
    return str((await desk.opened(role="agent", received_at=at, **changes))["id"])
