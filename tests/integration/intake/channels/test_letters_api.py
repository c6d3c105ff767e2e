"""The running intake with its mail role: letters by SMTP in, what became of them by REST."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiosmtplib
import httpx
import pytest

from intake.app import create_app
from intake.settings import Settings
from reglament.ids import new_id
from tests.integration.intake.channels.mail.postoffice import ASKED, POLICY
from tests.support.eventually import eventually
from tests.support.stack import Databases, Mail
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration


@dataclass(slots=True, kw_only=True)
class Intake:
    """The running application, its desk's mailbox, and a client with the admin's key."""

    client: httpx.AsyncClient
    mail: Mail
    address: str

    async def send(self, body: str = ASKED, **headers: str | None) -> str:
        """A letter by SMTP; its Message-ID."""
        message_id = f"<{new_id()}@customer.example>"
        raw = raw_letter(body, {"Message-ID": message_id, **headers})
        host, _, port = self.mail.smtp.rpartition(":")
        async with aiosmtplib.SMTP(hostname=host, port=int(port)) as client:
            await client.sendmail("ann@customer.example", [self.address], raw)
        return message_id

    async def fate(self, message_id: str) -> dict[str, Any]:
        """What became of it, once it is known."""

        async def decided() -> dict[str, Any] | None:
            answer = await self.client.get("/v1/letters", params={"message_id": message_id})
            items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
            return next((item for item in items if item["outcome"]), None)

        found = await eventually(decided)
        assert found is not None
        return found

    async def key(self, role: str, desk: str) -> dict[str, str]:
        """Headers of a fresh key."""
        body = {"role": role, "desk": desk, "subject": "eva"}
        answer = await self.client.post("/v1/keys", json=body)
        key = answer.raise_for_status().json()["key"]
        return {"Authorization": f"Bearer {key}"}


@pytest.fixture
async def intake(greenmail: Mail, postgres: Databases) -> AsyncIterator[Intake]:
    settings = Settings.model_validate(
        {
            "database": await postgres(),
            "kafka": "127.0.0.1:1",
            "roles": ["api", "mail"],
            "secret": "s" * 32,
            "admin_key": "admin",
            "imap": greenmail.imap,
        }
    )
    app = create_app(settings)
    address = f"support-{new_id()}@desk.example"
    policy = {**POLICY, "mailbox": {**POLICY["mailbox"], "address": address}}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://intake",
            headers={"Authorization": "Bearer admin"},
        ) as client,
    ):
        (await client.put("/v1/desks/any/policy", json=policy)).raise_for_status()
        yield Intake(client=client, mail=greenmail, address=address)


async def test_a_letter_becomes_a_ticket_that_the_api_shows(intake: Intake) -> None:
    letter = await intake.fate(await intake.send())
    assert (letter["outcome"], letter["desk"]) == ("ticket", "any")
    ticket = (await intake.client.get(f"/v1/tickets/{letter['ticket']}")).json()
    assert (ticket["number"], ticket["channel"]) == ("ANY-000001", "email")
    assert ticket["subject"] == "Printer"


async def test_a_returned_letter_is_opened_by_the_reply_under_the_same_number(
    intake: Intake,
) -> None:
    first = await intake.fate(await intake.send("On fire"))
    assert first["outcome"] == "returned"
    reply = await intake.fate(await intake.send("Version: 5", Subject="Re: [ANY-000001] Printer"))
    assert (reply["outcome"], reply["ticket"]) == ("ticket", first["ticket"])
    ticket = (await intake.client.get(f"/v1/tickets/{first['ticket']}")).json()
    assert (ticket["number"], ticket["status"]) == ("ANY-000001", "accepted")


async def test_the_raw_letter_is_a_download_for_the_desk_alone(intake: Intake) -> None:
    letter = await intake.fate(await intake.send())
    path = f"/v1/letters/{letter['id']}/raw"
    raw = await intake.client.get(path, headers=await intake.key("agent", "any"))
    assert b"The printer is on fire." in raw.content
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["x-content-type-options"] == "nosniff"
    foreign = await intake.key("agent", "other")
    assert (await intake.client.get(path, headers=foreign)).status_code == 404
    assert (await intake.client.get("/v1/letters", headers=foreign)).json()["items"] == []
    asked = await intake.client.get("/v1/letters?desk=any", headers=foreign)
    assert asked.status_code == 404


async def test_an_agent_opens_a_letter_whole_and_safe(intake: Intake) -> None:
    markup = (
        "<html><body><p onclick='x()'>Version: 5</p><script>alert(1)</script>"
        "<img src='https://canary.example/x.png'><p>The printer is on fire.</p>"
        "<div>On 2 Mar 2026, at 10:00, Desk &lt;support@desk.example&gt; wrote:</div>"
        "<blockquote>Your number</blockquote></body></html>"
    )
    letter = await intake.fate(await intake.send(markup, **{"Content-Type": "text/html"}))
    root = f"/v1/letters/{letter['id']}"
    opened = (await intake.client.get(f"{root}/content")).json()
    assert opened["fresh"] == "Version: 5\n\nThe printer is on fire."
    assert "> Your number" in opened["text"]
    page = await intake.client.get(f"{root}/html", headers=await intake.key("agent", "any"))
    assert "The printer is on fire." in page.text
    for live in ("script", "onclick", "<img", "canary"):
        assert live not in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    foreign = await intake.key("agent", "other")
    assert (await intake.client.get(f"{root}/content", headers=foreign)).status_code == 404
    plain = await intake.fate(await intake.send())
    assert (await intake.client.get(f"/v1/letters/{plain['id']}/html")).status_code == 404


async def test_an_admin_lets_a_letter_out_of_quarantine(intake: Intake) -> None:
    odd = {"Content-Type": "message/partial; id=x; number=1"}
    letter = await intake.fate(await intake.send(**odd))
    assert (letter["outcome"], letter["rule"]) == ("quarantined", "partial")
    path = f"/v1/letters/{letter['id']}/release"
    agent = await intake.key("agent", "any")
    assert (await intake.client.post(path, headers=agent)).status_code == 403
    assert (await intake.client.post(path)).status_code == 202

    async def worked_on() -> bool:
        found = (await intake.client.get("/v1/letters")).json()["items"][0]
        return found["outcome"] in ("ticket", "returned")

    await eventually(worked_on)
    assert (await intake.client.post(path)).status_code == 422


async def test_letters_are_paged_the_newest_first(intake: Intake) -> None:
    sent = [await intake.send(f"Version: 5\r\nproblem {n}") for n in range(3)]
    await asyncio.gather(*(intake.fate(each) for each in sent))
    first = (await intake.client.get("/v1/letters", params={"limit": 2})).json()
    second = await intake.client.get(
        "/v1/letters", params={"limit": 2, "cursor": first["next_cursor"]}
    )
    found = [item["message_id"] for item in first["items"] + second.json()["items"]]
    assert found == sent[::-1]
    by_outcome = await intake.client.get("/v1/letters", params={"outcome": "refused"})
    assert by_outcome.json()["items"] == []
    assert (await intake.client.get("/v1/letters", params={"since": "no"})).status_code in (
        400,
        422,
    )
