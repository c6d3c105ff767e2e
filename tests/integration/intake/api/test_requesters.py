"""Who asks: found at whatever desk, the same person however the address is spelt."""

import pytest

from tests.integration.intake.conftest import Intake, request

pytestmark = pytest.mark.integration


async def test_an_admin_finds_a_requester_at_whatever_desk(intake: Intake) -> None:
    await intake.open()
    await intake.call("POST", "/desks/south/tickets", request(), key="admin")
    await intake.open(requester={"name": "Bob", "email": "bob@north.example"})
    found = await intake.get("/tickets?requester=ann@north.example", key="admin")
    assert {ticket["desk"] for ticket in found["items"]} == {"north", "south"}
    assert len(found["items"]) == 2


@pytest.mark.parametrize(
    "spelling",
    ["Ann@North.Example", " ann@north.example ", '"ann"@north.example', "ann@\uff4eorth.example"],
)
async def test_a_person_is_the_same_however_the_address_is_spelt(
    intake: Intake, spelling: str
) -> None:
    ticket = await intake.open(requester={"name": "Ann", "email": spelling})
    seen = await intake.call("GET", f"/tickets/{ticket['id']}", key="ann")
    assert seen.status_code == 200, seen.text


@pytest.mark.parametrize("channel", ["messenger", "chat"])
async def test_the_same_request_by_a_channel_that_opens_nothing_joins_nothing(
    intake: Intake, channel: str
) -> None:
    ticket = await intake.open()
    refused = await intake.call("POST", "/desks/north/tickets", request(channel=channel))
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"].endswith("/channel-not-accepted")
    assert "DuplicateJoined" not in await intake.types(ticket["id"])
