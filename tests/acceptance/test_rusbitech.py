"""What this desk promises and demands, shown over REST and letters."""

from datetime import datetime, timedelta
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reglament.clock import now
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking

pytestmark = pytest.mark.acceptance

MOSCOW = ZoneInfo("Europe/Moscow")
REQUEST: dict[str, Any] = {
    "channel": "email",
    "subject": "Не запускается каталог",
    "description": "Служба не стартует после перезагрузки.",
    "category": "operability",
    "requester": {"name": "Иван Петров", "phone": "+7 495 123 45 67", "locale": "ru"},
    "fields": {"manual_read": "да"},
}
LETTER = "Не открывается каталог.\n\nКатегория: Ошибки\nРуководство изучено: да\n"
URGENT = f"{LETTER}Критичность: высокая\nПричина: восстановление доступа\n"
LONG = {"from": "2020-01-01", "until": "2099-12-31"}
DAY_SECONDS = 8 * 3600
DAY_OFF = "2025-11-03"  # a transferred one, before the holiday of the 4th


def moscow(wall: str) -> datetime:
    """An instant by Moscow's clocks."""
    return datetime.fromisoformat(wall).replace(tzinfo=MOSCOW)


def same(written: str | None, at: datetime) -> bool:
    """Whether an answer's instant is that one."""
    return written is not None and datetime.fromisoformat(written) == at


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> DeskInUse:
    """The desk, with that one on its register."""
    run = desk.system.run
    terms = {"number": f"R-{run}", **LONG, **contract}
    customer = {"name": "Завод", "emails": [desk.system.address(who)], "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return desk


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests; its client of this test has a contract."""
    return await contracted(await publish("rusbitech", REQUEST))


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


async def resolved(desk: DeskInUse, days_ago: int, **changes: object) -> Json:
    """The handling clock of a ticket that came then and is resolved now."""
    came = (now() - timedelta(days=days_ago)).isoformat()
    ticket = (await desk.opened(role="agent", received_at=came, **changes))["id"]
    return await ended(desk, ticket)


async def ended(desk: DeskInUse, ticket: str) -> Json:
    """Its handling clock, once the answer has met it."""
    await desk.act(ticket, "resolution", {"text": "Обновите каталог."})
    await desk.happened(ticket, "ClockMet")

    async def look() -> Json | None:
        clock = await desk.clock(ticket, "handling")
        return clock if clock and clock["met_at"] else None

    return await desk.system.until(look, "handling is over")


async def report(desk: DeskInUse, by: str | None = None) -> dict[str | None, Json]:
    """The report on handling since last year, by key; None: in all."""
    start, end = (f"{now() + timedelta(days=shift):%Y-%m-%d}" for shift in (-400, 2))
    path = f"/desks/{desk.name}/reports/attainment?from={start}&to={end}&metric=handling"
    groups = (await desk.get(path + (f"&by={by}" if by else "")))["groups"]
    return {group["key"]: group for group in groups}


@pytest.mark.rule(
    "RUS-04", key=("sla.targets[metric=handling].usual", "sla.targets[metric=handling]")
)
async def test_how_long_it_takes_is_reported_in_business_days_beside_what_is_usual(
    publish: Publishing,
) -> None:
    """No time to solve is promised; reports show how many business days it takes, against the usual
    2 to 3, and apart from them waiting for the client and for a release.
    """
    desk = await contracted(await publish("rusbitech", REQUEST, alone=True))
    assert "resolution" not in {each["metric"] for each in desk.policy["sla"]["targets"]}
    clocks = [await resolved(desk, days, subject=f"Вопрос {days}") for days in (6, 9, 30)]
    took = sorted(clock["elapsed_seconds"] / DAY_SECONDS for clock in clocks)
    group = (await report(desk))[None]
    figures = [group[f"{name}_days"] for name in ("mean", "p50", "p90", "p99")]
    assert figures == pytest.approx([mean(took), took[1], took[2], took[2]])
    assert (group["usual_from"], group["usual_to"]) == ("2 business days", "3 business days")


@pytest.mark.rule("RUS-04", key="reasons.deferral")
async def test_waiting_for_the_client_and_for_a_release_is_reported_apart(
    publish: Publishing,
) -> None:
    always = ("calendars.office.hours=24x7", "calendars.office.holidays=[]")
    desk = await contracted(await publish("rusbitech", REQUEST, *always, alone=True))
    ticket = (await desk.opened())["id"]
    await desk.refuses_reason(ticket, "deferral", {"reason": "mood"})
    await desk.act(ticket, "deferral", {"reason": "waiting_for_release"})
    await desk.clock_is(ticket, "handling", "paused")
    await desk.act(ticket, "resumption")
    await desk.act(ticket, "info-requests", {"items": ["log"]})
    await desk.clock_is(ticket, "handling", "paused")
    await desk.act(ticket, "information", {"body": "Журнал пуст."})
    clock, group = await ended(desk, ticket), (await report(desk))[None]
    released, waited = group["deferred_days"]["waiting_for_release"], group["waiting_days"]
    assert set(group["deferred_days"]) == {"waiting_for_release"}
    assert min(released, waited) > 0
    assert (released + waited) * 86_400 == pytest.approx(clock["paused_seconds"])
    assert group["mean_days"] * 86_400 == pytest.approx(clock["elapsed_seconds"])


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


@pytest.mark.rule(
    "RUS-07",
    key=(
        "sla.targets[metric=handling]",
        "sla.targets[metric=handling].expect",
        "sla.targets[metric=handling].by",
    ),
)
async def test_handling_is_at_risk_after_5_business_days_and_breached_after_10(
    desk: DeskInUse,
) -> None:
    """Handling is at risk at the end of the fifth business day, breached at that of the tenth."""
    monday = moscow("2025-10-20T12:00").isoformat()
    ticket = (await desk.opened(role="agent", received_at=monday))["id"]
    rows = await desk.happened(ticket, "ClockAtRisk", "ClockBreached")
    of_handling = [row for row in rows if row["data"].get("metric") == "handling"]
    at_risk = [row for row in of_handling if row["type"] == "ClockAtRisk"]
    assert [row["data"]["step"] for row in at_risk] == ["expect"]
    assert same(at_risk[0]["at"], moscow("2025-10-27T18:00"))
    (breached,) = [row for row in of_handling if row["type"] == "ClockBreached"]
    # The tenth is the working Saturday.
    assert same(breached["at"], moscow("2025-11-01T18:00"))


@pytest.mark.rule("RUS-08", key="sla.targets[metric=handling]")
async def test_what_a_contract_agrees_on_stands_over_the_desks_own_terms(desk: DeskInUse) -> None:
    """A contract's own targets hold instead of the desk's."""
    usual = await desk.clock_is((await desk.opened())["id"], "handling", "running")
    assert usual["within"] == "10 business days"
    own = [
        {"metric": "handling", "within": "3 business days"},
        {"metric": "first_response", "within": "1h", "priority": "high", "calendar": "always"},
    ]
    await contracted(desk, "other", number=f"O-{desk.system.run}", targets=own)
    other = {"email": desk.system.address("other")}
    ticket = (await desk.opened(requester=other, priority="high"))["id"]
    agreed = await desk.clock_is(ticket, "handling", "running")
    assert (agreed["within"], agreed["calendar"]) == ("3 business days", "office")
    response = await desk.clock_is(ticket, "first_response", "running")
    assert (response["within"], response["calendar"]) == ("1h", "always")


@pytest.mark.rule(
    "RUS-09",
    key=(
        "sla.targets[metric=first_response,priority=high]",
        "sla.targets[metric=first_response,calendar=office]",
        "calendars.office.hours=24x7",
    ),
)
@pytest.mark.parametrize(
    ("priority", "due"), [("normal", "2026-11-23T17:00"), ("high", "2026-11-20T19:00")]
)
async def test_reaction_counts_working_time_but_for_the_most_critical(
    desk: DeskInUse, priority: str, due: str
) -> None:
    """Reaction counts business hours; for high priority it counts day and night."""
    asked = {
        "desk": desk.name,
        "ticket": {"priority": priority, "category": "errors", "channel": "email"},
        "events": [{"type": "TicketOpened", "at": moscow("2026-11-20T17:00").isoformat()}],
    }
    key = desk.system.key(desk.name, "agent")
    told = await desk.say("POST", "/sla/previews", asked, key=key)
    (response,) = [each for each in told["targets"] if each["metric"] == "first_response"]
    assert same(response["due_at"] or response["breached_at"], moscow(due))


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


@pytest.mark.rule("RUS-11", key=("departments", "sla.targets[metric=handling]"))
async def test_how_long_it_takes_is_reported_by_what_it_depends_on(publish: Publishing) -> None:
    """Reports show the time to solve by open requests, priority, complexity and department."""
    desk = await contracted(await publish("rusbitech", REQUEST, alone=True))
    simple = await resolved(desk, 20)
    for number in range(10):
        came = (now() - timedelta(days=12)).isoformat()
        await desk.opened(role="agent", received_at=came, subject=f"Вопрос {number}")
    came = (now() - timedelta(days=9)).isoformat()
    hard = (await desk.opened(role="agent", received_at=came, priority="high"))["id"]
    await desk.act(hard, "classification", {"complexity": "hard", "reason": "Ядро."})
    await desk.act(hard, "handover", {"department": "development"})
    times = [clock["elapsed_seconds"] for clock in (simple, await ended(desk, hard))]
    for by, keys in {
        "load": ("0-9", "10-24"),
        "priority": ("normal", "high"),
        "complexity": ("", "hard"),
        "department": ("", "development"),
    }.items():
        groups = await report(desk, by)
        assert [groups[key]["mean_seconds"] for key in keys] == pytest.approx(times), by
