"""How long this desk may take, shown over REST and letters."""

from datetime import timedelta
from statistics import mean

import pytest

from reglament.clock import now
from reglament_local.demo.system import Json
from tests.acceptance.desks.rusbitech.asking import REQUEST, contracted
from tests.acceptance.rules.desk import DeskInUse, Publishing
from tests.acceptance.rules.reading import moscow, same

pytestmark = pytest.mark.acceptance

DAY_SECONDS = 8 * 3600


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
