"""A critical web request goes its whole way, over two levels."""

from datetime import datetime, timedelta

from reglament_local.demo.system import Desk, System, expect


async def critical_request(system: System) -> tuple[Desk, list[str]]:
    """REM-01/02/03/06/11: confirmed, due in 1 h, claimed, escalated, answered, resolved, closed."""
    desk = Desk(system=system, name="remsys")
    client = system.address("anna")
    ticket = await desk.open(
        {
            "channel": "web",
            "subject": "Сервер базы данных не отвечает",
            "description": "С 10:40 приложение не может подключиться к базе, данные теряются.",
            "priority": "critical",
            "requester": {"name": "Анна Петрова", "email": client, "locale": "ru"},
        }
    )
    identifier = ticket["id"]
    expect(ticket["status"] in {"registered", "accepted"}, f"opened: {ticket['status']}")
    expect(ticket["number"].startswith("REM-"), f"number {ticket['number']}")
    await desk.status(identifier, "accepted")

    clock = await desk.clock_is(identifier, "first_response", "running")
    due = datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(clock["started_at"])
    expect(due == timedelta(hours=1), f"first_response due in {due}, not 1 h")

    async def confirmation() -> str | None:
        subjects = [letter.subject for letter in await system.post.inbox(client)]
        return next((subject for subject in subjects if ticket["number"] in subject), None)

    await system.until(confirmation, "the confirmation, with the number in its subject")
    await _worked_on(desk, identifier)
    await desk.status(identifier, "closed")
    await desk.happened(identifier, "TicketOpened", "ClockMet", "Assigned", "NotificationSent")
    return desk, [identifier]


async def _claimed(desk: Desk, engineer: str, level: str, ticket: str) -> None:
    async def look() -> bool:
        taken = await desk.claim(engineer, level)
        return taken is not None and taken["id"] == ticket

    await desk.system.until(look, f"{level} claims the critical ticket")


async def _worked_on(desk: Desk, identifier: str) -> None:
    first = await desk.engineer("l1", "L1")
    second = await desk.engineer("l2", "L2", qualifications=["procedures", "exam_l2"])
    await _claimed(desk, first, "L1", identifier)
    await desk.status(identifier, "in_progress")
    await desk.act(identifier, "escalations", {"reason": "Нужен администратор базы данных"})
    await desk.happened(identifier, "Escalated")
    await _claimed(desk, second, "L2", identifier)
    await desk.act(
        identifier,
        "messages",
        {"body": "Нашли причину, восстанавливаем кластер.", "visibility": "public"},
    )
    met = await desk.clock_is(identifier, "first_response", "met")
    expect(met["elapsed_seconds"] < 3600, "answered within the hour")
    await desk.act(identifier, "resolution", {"text": "Кластер восстановлен, данные целы."})
    await desk.status(identifier, "resolved")
    await desk.act(identifier, "closure")
