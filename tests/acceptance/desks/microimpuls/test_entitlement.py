"""Whom this desk serves, and at which level, shown over REST and letters."""

import pytest

from tests.acceptance.desks.microimpuls.asking import contracted
from tests.acceptance.rules.desk import LONG, DeskInUse, broken, lacking
from tests.acceptance.rules.reading import listed, moscow

pytestmark = pytest.mark.acceptance


@pytest.mark.rule("MIC-02", key="entitlement")
async def test_only_under_a_contract_in_force_on_the_day_of_arrival(desk: DeskInUse) -> None:
    """Without a contract in force on the day of arrival a request is refused, and told why."""
    assert (await desk.opened())["contract"] == f"M-{desk.system.run}-client"
    stranger = {"email": desk.system.address("stranger")}
    unknown = await desk.refused(requester=stranger, fields={"client": "Никто"})
    assert unknown["type"].endswith("not-entitled")
    assert broken(unknown) == {"customer-unknown"}
    await contracted(desk, "former", **{"from": "2021-01-01", "until": "2021-12-31"})
    former = desk.writer("former")
    problem = await desk.refused(requester={"email": former.address})
    assert broken(problem) == {"contract-not-in-force"}
    then = moscow("2021-12-31T23:00").isoformat()
    past = await desk.opened(role="agent", requester={"email": former.address}, received_at=then)
    assert past["contract"] == f"M-{desk.system.run}-former"
    fate = await former.sent(former.letter("Каналы не открываются"))
    assert (fate["outcome"], fate["rule"]) == ("refused", "contract-not-in-force")
    letters = [each for each in await former.received(2) if past["number"] not in each.subject]
    assert [len(listed(each.text)) >= 1 for each in letters] == [True]


@pytest.mark.rule("MIC-02", always="a contract's own targets hold at every desk")
async def test_a_contract_overrides_the_desks_targets(desk: DeskInUse) -> None:
    own = {"metric": "resolution", "within": "4h", "calendar": "always"}
    await contracted(desk, "special", level="premium", targets=[own])
    ticket = await desk.opened(requester={"email": desk.system.address("special")})
    solved = await desk.clock_is(ticket["id"], "resolution", "running")
    assert (solved["within"], solved["calendar"]) == ("4h", "always")
    answered = await desk.clock_is(ticket["id"], "first_response", "running")
    assert answered["within"] == "30m"


PROMISES = {
    "premium": ("30m", "always", "1h", "always"),
    "standard": ("2h", "office", "4h", "office"),
    "basic": ("8h", "office", "2 business days", "office"),
}


@pytest.mark.rule(
    "MIC-05",
    key=tuple(
        f"sla.targets[metric={metric},service_level={level}]"
        for metric in ("first_response", "work_started")
        for level in PROMISES
    ),
)
@pytest.mark.parametrize("level", PROMISES)
async def test_reaction_and_the_beginning_of_work_are_promised_by_the_contracts_level(
    desk: DeskInUse, level: str
) -> None:
    """First answer and the beginning of work are due by the level of the contract."""
    await contracted(desk, level, level=level)
    ticket = await desk.opened(requester={"email": desk.system.address(level)})
    assert ticket["service_level"] == level
    clocks = [
        await desk.clock_is(ticket["id"], metric, "running")
        for metric in ("first_response", "work_started")
    ]
    found = tuple(clock[part] for clock in clocks for part in ("within", "calendar"))
    assert found == PROMISES[level]


@pytest.mark.rule("MIC-05", key="service_levels")
async def test_no_contract_is_without_a_promise(desk: DeskInUse) -> None:
    ticket = await desk.opened()  # its contract names no level
    assert ticket["service_level"] == "basic"
    clock = await desk.clock_is(ticket["id"], "first_response", "running")
    assert clock["within"] == "8h"
    terms = {"number": "M-1", **LONG, "level": "platinum"}
    body = {"name": "Радио", "emails": [], "contracts": [terms]}
    path = f"/desks/{desk.name}/customers/radio-{desk.system.run}"
    key = desk.system.key(desk.name, "admin")
    problem = await desk.say("PUT", path, body, key=key, status=422)
    assert lacking(problem) == {"contracts.0.level"}
    assert broken(problem) == {"service-level-unknown"}


@pytest.mark.rule("MIC-09", key=("entitlement.unidentified", "request.fields.client"))
async def test_who_does_not_say_who_he_is_is_asked_and_then_known(desk: DeskInUse) -> None:
    """A client who cannot be identified is asked; who refuses to tell may be refused."""
    name, nobody = await contracted(desk, "office", level="standard"), desk.writer("nobody")
    fate = await nobody.sent(nobody.letter("Каналы не открываются", body="Экран пуст."))
    assert fate["outcome"] == "ticket", fate
    asked = await desk.event(fate["ticket"], "InfoRequested")
    assert asked["data"]["items"] == ["client"]
    waiting = await desk.ticket(fate["ticket"])
    assert (waiting["status"], waiting["customer"]) == ("waiting", None)
    letters = await nobody.received(2)
    (question,) = (each for each in letters if listed(each.text))
    reply = nobody.letter("Re: каналы", answers=question, body=f"Клиент: {name.upper()}\n")
    await nobody.sent(reply)
    await desk.event(fate["ticket"], "ServiceLevelAssigned")
    known = await desk.ticket(fate["ticket"])
    assert (known["status"], known["customer"]) == ("accepted", f"office-{desk.system.run}")
    assert known["service_level"] == "standard"
    await desk.clock_is(fate["ticket"], "work_started", "running", within="4h")


@pytest.mark.rule("MIC-09", key=("entitlement.unidentified", "reasons.refusal=[other]"))
async def test_who_refuses_to_say_who_he_is_may_be_refused(desk: DeskInUse) -> None:
    nobody = desk.writer("nobody")
    fate = await nobody.sent(nobody.letter("Каналы не открываются", body="Экран пуст."))
    ticket = fate["ticket"]
    (_, question) = await nobody.received(2)
    await nobody.sent(nobody.letter("Re: каналы", answers=question, body="Не скажу."))
    await desk.act(ticket, "refusal", {"reason": "information_missing"})
    assert (await desk.ticket(ticket))["status"] == "refused"
    assert len(await nobody.received(3)) >= 3
