"""Whom this desk serves, and at which level, shown over REST and letters."""

import pytest

from tests.acceptance.desks.wiseadvice.asking import (
    BODY,
    PICTURE,
    by_letter,
    clock,
    contracted,
    inn_of,
)
from tests.acceptance.rules.desk import DeskInUse, broken

pytestmark = pytest.mark.acceptance


@pytest.mark.rule("WIS-01", key="entitlement")
async def test_only_users_of_the_product_are_entitled(desk: DeskInUse) -> None:
    """The licensee is found on the register by INN; an unknown or a former one is refused."""
    assert (await desk.opened())["customer"] == f"client-{desk.system.run}"
    unknown = await desk.refused(fields={"inn": inn_of(desk, "nobody")})
    assert unknown["type"].endswith("not-entitled")
    assert broken(unknown) == {"customer-unknown"}
    over = {"from": "2021-01-01", "until": "2021-12-31"}
    former = await contracted(desk, "former", **over)
    assert broken(await desk.refused(fields={"inn": former})) == {"contract-not-in-force"}
    olga = desk.writer()
    body = BODY.format(inn=former)
    fate = await olga.sent(olga.letter("Пустая страница", body=body, files=(PICTURE,)))
    assert (fate["outcome"], fate["rule"]) == ("refused", "contract-not-in-force")


@pytest.mark.rule("WIS-02", key="reasons.refusal=[]")
async def test_a_client_without_manners_is_refused_and_told_why(desk: DeskInUse) -> None:
    """Who breaks the etiquette or misuses the product is refused, and told the reason."""
    olga = desk.writer()
    for turn, reason in enumerate(("improper_or_unconstructive", "requirements_broken"), 1):
        ticket = await desk.opened()
        before = len(await olga.received(2 * turn - 1))
        await desk.refuses_reason(ticket["id"], "refusal", {"reason": "dislike"})
        await desk.act(ticket["id"], "refusal", {"reason": reason})
        assert (await desk.ticket(ticket["id"]))["status"] == "refused"
        letter = (await olga.received(before + 1))[before]
        assert ticket["number"] in letter.subject
        assert "Причина:" in letter.text


@pytest.mark.rule(
    "WIS-11",
    key=(
        "request.fields.inn",
        "sla.targets[metric=resolution,service_level=commercial]",
        "sla.targets[metric=resolution,service_level=base]",
    ),
)
async def test_information_that_identifies_assigns_the_level_anew(desk: DeskInUse) -> None:
    """What identifies the user assigns the level of service anew, and the clock follows."""
    another = desk.writer("another")
    ticket = await desk.opened(requester={"email": another.address})
    assert ticket["service_level"] == "base"
    assert (await clock(desk, ticket["id"], "resolution"))[0] == "10 business days"
    theirs = await contracted(desk, "another", level="commercial")
    await desk.act(ticket["id"], "info-requests", {"items": ["identification"]})
    (_, question) = await another.received(2)
    body = f"Мы — другая организация.\nИНН: {theirs}\n"
    await another.sent(another.letter("Re: отпуска", answers=question, body=body))
    assigned = await desk.event(ticket["id"], "ServiceLevelAssigned")
    assert assigned["data"]["rule"] == "contract-level"
    known = await desk.ticket(ticket["id"])
    assert known["customer"] == f"another-{desk.system.run}"
    assert known["service_level"] == "commercial"
    await desk.clock_is(ticket["id"], "resolution", "running", within="3 business days")


@pytest.mark.rule("WIS-12", key="service_levels.commercial.when")
async def test_the_commercial_level_is_for_the_applicants_own_address(desk: DeskInUse) -> None:
    """A letter from an address on the register gets the commercial level, any other the base."""
    for who, level, rule, within in (
        ("client", "commercial", "own-address", "4h"),
        ("somebody", "base", "not-own-address", "8h"),
    ):
        fate = await by_letter(desk, who)
        ticket = await desk.ticket(fate["ticket"])
        assert ticket["service_level"] == level
        opened = (await desk.event(ticket["id"], "TicketOpened"))["data"]
        assert (opened["service_level"], opened["service_level_rule"]) == (level, rule)
        assert (await clock(desk, ticket["id"], "first_response"))[0] == within
