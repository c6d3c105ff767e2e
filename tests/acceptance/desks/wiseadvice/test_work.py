"""How this desk works on a request, shown over REST and letters."""

import pytest

from tests.acceptance.desks.wiseadvice.asking import clock, contracted, taken
from tests.acceptance.rules.desk import DeskInUse, broken
from tests.acceptance.rules.reading import listed

pytestmark = pytest.mark.acceptance

REASONS = (
    "cannot_reproduce_no_access",
    "information_missing",
    "needs_diagnosis_or_release",
    "requirements_broken",
    "outside_support",
    "improper_or_unconstructive",
)
ACCESS = {"login": "temporary", "password": "canary-of-the-sealed-store"}
MANUAL = "https://wiseadvice.example/manual"


async def lent(desk: DeskInUse, ticket: str) -> None:
    """The client lends temporary access for the ticket."""
    own = await desk.key_of("requester", desk.system.address("client"))
    await desk.say("PUT", f"/tickets/{ticket}/credentials", {"access": ACCESS}, key=own)


@pytest.mark.rule("WIS-13", always="the sealed store is there for every desk's tickets")
async def test_temporary_access_is_read_by_the_assigned_engineer_alone(
    own_desk: DeskInUse,
) -> None:
    """Access travels apart from the history; its engineer alone reads it, each time logged."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    engineer = await taken(desk, ticket)
    await desk.act(ticket, "info-requests", {"items": ["access", "licence_key"]})
    await lent(desk, ticket)
    path = f"/tickets/{ticket}/credentials"
    await desk.say("GET", path, key=await desk.key_of("agent", "somebody-else"), status=403)
    read = await desk.say("GET", path, key=await desk.key_of("agent", engineer))
    assert read == {"access": ACCESS}
    reading = await desk.event(ticket, "CredentialsRead")
    assert reading["actor"]["id"] == engineer
    for shown in ("", "/history?limit=100", "/messages"):
        assert ACCESS["password"] not in str(await desk.get(f"/tickets/{ticket}{shown}"))


@pytest.mark.rule("WIS-14", key="notifications.on[access_erased]")
async def test_the_end_erases_the_access_and_reminds_to_change_it(own_desk: DeskInUse) -> None:
    """With the end the access is erased here, and the applicant is reminded to change it."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    engineer = await taken(desk, ticket)
    await lent(desk, ticket)
    await desk.act(ticket, "resolution", {"text": "Исправлено."})
    before = await desk.writer().received(3)
    await desk.act(ticket, "closure")
    erased = await desk.event(ticket, "CredentialsErased")
    assert erased["data"]["because"] == "closed"
    key = await desk.key_of("agent", engineer)
    await desk.say("GET", f"/tickets/{ticket}/credentials", key=key, status=404)
    letters = (await desk.writer().received(len(before) + 2))[len(before) :]
    told = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
    assert {each["template"] for each in told} >= {"closed", "access_erased"}
    assert len(letters) == 2
    assert any("доступ" in each.text and "пароль" in each.text for each in letters)


@pytest.mark.rule(
    "WIS-16",
    key=(
        "notifications.on[assigned]",
        "sla.targets[metric=work_started,service_level=commercial]",
    ),
)
async def test_the_applicant_is_told_that_work_has_begun(own_desk: DeskInUse) -> None:
    """When an engineer takes the request its applicant is told; by when, the contract says."""
    desk, olga = own_desk, own_desk.writer()
    ticket = (await desk.opened())["id"]
    assert await clock(desk, ticket, "work_started") == ("8h", "office")
    await olga.received(1)
    await taken(desk, ticket)
    await desk.clock_is(ticket, "work_started", "met")
    assert len(await olga.received(2)) == 2
    told = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
    assert [each["template"] for each in told] == ["confirmation", "assigned"]
    own = {"metric": "work_started", "within": "1h", "calendar": "office"}
    await contracted(desk, targets=[own])
    agreed = (await desk.opened())["id"]
    assert await clock(desk, agreed, "work_started") == ("1h", "office")


@pytest.mark.rule(
    "WIS-19",
    key=(
        "answers",
        "answers[title=Руководство пользователя].keywords",
        "answers[title=Руководство пользователя].links",
    ),
)
async def test_a_standard_question_is_answered_by_links_of_the_desks_library(
    desk: DeskInUse,
) -> None:
    """The library offers the answers that fit a request, and its links go out with the answer."""
    ticket, path = (await desk.opened())["id"], f"/desks/{desk.name}/answers"
    titles = [each["title"] for each in (await desk.get(path))["items"]]
    assert titles == ["Частые вопросы", "Руководство пользователя"]
    (offered,) = (await desk.get(f"{path}?ticket={ticket}"))["items"]
    assert (offered["title"], offered["links"]) == ("Руководство пользователя", [MANUAL])
    (by_words,) = (await desk.get(f"{path}?q=Забыли ПАРОЛЬ"))["items"]
    assert by_words["title"] == "Частые вопросы"
    page = "https://wiseadvice.example/manual/leave"
    said = {"text": "Добрый день.", "answer": offered["title"], "links": [page]}
    await desk.writer().received(1)
    await desk.act(ticket, "resolution", said)
    assert (await desk.event(ticket, "Resolved"))["data"]["links"] == [MANUAL, page]
    letter = (await desk.writer().received(2))[1]
    assert listed(letter.text) == [f"- {MANUAL}", f"- {page}"]
    for text in ("Добрый день.", offered["text"]):
        assert text in letter.text
    problem = await desk.not_done(ticket, "resolution", {"answer": "Нет такого"})
    assert broken(problem) == {"answer-unknown"}


@pytest.mark.rule("WIS-20", key="reasons.deferral")
async def test_a_request_is_put_off_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    """A request is put off, or not solved, for one of six reasons; any other is refused."""
    await desk.is_put_off_for((await desk.opened())["id"], REASONS)


@pytest.mark.rule("WIS-20", key="reasons.refusal=[]")
async def test_a_request_is_refused_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    for reason in REASONS:
        ticket = (await desk.opened())["id"]
        await desk.is_refused_for(ticket, reason)
