"""What a request to this desk has to say, shown over REST and letters."""

import pytest

from tests.acceptance.desks.rusbitech.asking import DAY_OFF, LETTER, REQUEST, contracted
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking
from tests.acceptance.rules.reading import moscow, same

pytestmark = pytest.mark.acceptance

URGENT = f"{LETTER}Критичность: высокая\nПричина: восстановление доступа\n"


@pytest.mark.rule("RUS-01", key="entitlement")
async def test_only_under_a_contract_in_force_on_the_day_of_arrival(desk: DeskInUse) -> None:
    """Support is given under a contract in force on the day of arrival; else it is said why not."""
    assert (await desk.opened())["contract"] == f"R-{desk.system.run}"
    stranger = await desk.refused(requester={"email": desk.system.address("stranger")})
    assert stranger["type"].endswith("not-entitled")
    assert broken(stranger) == {"customer-unknown"}
    past = {"from": "2021-01-01", "until": "2021-12-31"}
    former = {"email": desk.system.address("former")}
    await contracted(desk, "former", **past)
    assert broken(await desk.refused(requester=former)) == {"contract-not-in-force"}
    then = moscow("2021-12-31T23:00").isoformat()
    ticket = await desk.opened(role="agent", requester=former, received_at=then)
    assert ticket["contract"] == f"R-{desk.system.run}"


@pytest.mark.rule("RUS-01", key="entitlement")
async def test_a_letter_without_a_contract_is_answered_with_the_reason(desk: DeskInUse) -> None:
    stranger = desk.writer("stranger")
    fate = await stranger.sent(stranger.letter("Каталог не открывается", body=LETTER))
    assert (fate["outcome"], fate["rule"]) == ("refused", "customer-unknown")
    (answer,) = await stranger.received(1)
    assert len([line for line in answer.text.splitlines() if line.startswith("- ")]) >= 1


@pytest.mark.rule("RUS-02", key=("categories", "scope=open"))
async def test_only_what_the_regulation_names_is_dealt_with(desk: DeskInUse) -> None:
    """A request is of one of five categories; of any other it is refused as out of scope."""
    named = ("operability", "errors", "administration", "consulting", "information")
    for category in named:
        assert (await desk.opened(category=category))["category"] == category
    problem = await desk.refused(category="purchase")
    assert broken(problem) == {"category-out-of-scope"}


@pytest.mark.rule("RUS-03", key="request.fields.manual_read")
@pytest.mark.parametrize("said", [None, "нет", False])
async def test_who_has_not_read_the_manual_gets_the_request_back(
    desk: DeskInUse, said: object
) -> None:
    """The request says that the operator's manual was read; else it is returned."""
    ticket = await desk.opened(fields={"manual_read": said})
    assert (ticket["status"], lacking(ticket)) == ("returned", {"fields.manual_read"})
    await desk.act(ticket["id"], "information", {"fields": {"manual_read": True}})
    await desk.status(ticket["id"], "accepted")


@pytest.mark.rule(
    "RUS-05", key=("channels.email", "calendars.office.hours=24x7", "calendars.office.holidays")
)
@pytest.mark.parametrize(
    ("came", "counts"),
    [("2026-11-15T03:00", "2026-11-16T10:00"), (f"{DAY_OFF}T12:00", "2025-11-05T10:00")],
)
async def test_a_letter_registers_at_any_hour_and_counts_from_the_next_working_moment(
    desk: DeskInUse, came: str, counts: str
) -> None:
    """Letters register day and night; their clocks count from the next working moment."""
    ivan, at = desk.writer(), moscow(came)
    letter = ivan.letter("Ошибка при входе в каталог", body=LETTER)
    await desk.system.post.received_at(letter, desk.mailbox, at)
    (fate,) = await ivan.fates(letter)
    assert fate["outcome"] == "ticket", fate
    await desk.happened(fate["ticket"], "ClockStarted")
    segments = (await desk.get(f"/tickets/{fate['ticket']}/sla"))["segments"]
    for metric in ("first_response", "handling"):
        counted = [each for each in segments if each["metric"] == metric and each["counted"]]
        assert same(counted[0]["from"], moscow(counts)), metric


@pytest.mark.rule("RUS-06", key=("channels.phone.accept=always", "calendars.office.holidays"))
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-20T09:59:59", "2026-11-20T10:00"),
        ("2026-11-20T18:00", "2026-11-23T10:00"),
        (f"{DAY_OFF}T12:00", "2025-11-05T10:00"),
    ],
)
async def test_a_call_outside_the_lines_hours_is_told_when_the_line_opens(
    desk: DeskInUse, at: str, opens: str
) -> None:
    """Calls are taken 10 to 18 in Moscow on business days; else it is said from when."""
    call = {"channel": "phone", "received_at": moscow(at).isoformat()}
    problem = await desk.refused(role="agent", **call)
    assert broken(problem) == {"channel-closed"}
    detail = problem["violations"][0]["detail"].removeprefix("opens ")
    assert same(detail, moscow(opens)), detail


@pytest.mark.rule("RUS-06", key=("channels.phone", "channels.phone.entered_by=anyone"))
async def test_a_call_within_the_lines_hours_is_registered_by_an_agent(desk: DeskInUse) -> None:
    call = {"channel": "phone", "received_at": moscow("2026-11-20T17:59").isoformat()}
    assert (await desk.opened(role="agent", **call))["channel"] == "phone"
    problem = await desk.refused(channel="phone")
    assert broken(problem) == {"channel-entered-by-agent"}


async def order(desk: DeskInUse, *wanted: str) -> None:
    """The queue hands out in that order."""

    async def look() -> bool:
        return await desk.queued(*wanted) == list(wanted)

    await desk.system.until(look, "the queue in that order")


@pytest.mark.rule(
    "RUS-10", key=("queue.out_of_turn.priority", "queue.out_of_turn.causes", "causes")
)
async def test_what_is_most_critical_goes_first_for_two_causes_or_an_engineers_word(
    publish: Publishing,
) -> None:
    """High priority goes out of turn: at once for two causes, for others an engineer confirms it or
    lowers it.
    """
    desk = await contracted(await publish("rusbitech", REQUEST, alone=True))
    normal = (await desk.opened(subject="Вопрос"))["id"]
    high = (await desk.opened(subject="Срочный вопрос", priority="high"))["id"]
    ivan = desk.writer()
    urgent = ivan.letter("Никто не может войти", body=URGENT)
    down = (await ivan.sent(urgent))["ticket"]
    assert (await desk.ticket(down))["cause"] == "account_access"
    assert broken(await desk.opened(cause="mood")) == {"cause-unknown"}
    await order(desk, down, high, normal)
    await desk.act(high, "priority", {"priority": "high", "reason": "Встал цех."})
    assert (await desk.event(high, "PriorityConfirmed"))["actor"]["kind"] == "engineer"
    await order(desk, high, down, normal)
    await desk.act(high, "priority", {"priority": "normal", "reason": "Цех работает."})
    await order(desk, down, normal, high)
    await desk.act(high, "classification", {"cause": "service_down", "reason": "Каталог стоит."})
    await desk.act(high, "priority", {"priority": "high", "reason": "Стоит цех."})
    await order(desk, high, down, normal)
    taken = await desk.claim(await desk.engineer("dezhurny", "L1"))
    assert taken is not None
    assert (await desk.status(high, "in_progress"))["assignee"] == taken["engineer"]
