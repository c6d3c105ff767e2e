"""The requester's page: a shell that holds nothing, and what guards it."""

from datetime import timedelta

import pytest

from reglament import clock
from reglament.http.tokens import portal_token
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
UNKNOWN = "00000000-0000-7000-8000-000000000000"
SIGNING = "secret-of-thirty-two-bytes-or-more"


async def test_the_page_holds_no_data_and_is_the_same_for_a_ticket_that_is_not_there(
    intake: Intake,
) -> None:
    ticket = await intake.open()
    page = await intake.client.get(f"/portal/tickets/{ticket['id']}")
    other = await intake.client.get(f"/portal/tickets/{UNKNOWN}")
    assert page.status_code == other.status_code == 200
    assert page.content == other.content
    assert ticket["number"] not in page.text
    assert ticket["subject"] not in page.text


async def test_the_page_runs_only_its_own_script_and_is_kept_nowhere(intake: Intake) -> None:
    page = await intake.client.get(f"/portal/tickets/{UNKNOWN}")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[:4] == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
    ]
    assert page.text.count("<script") == page.text.count('<script src="/portal/assets/') == 1
    assert "<style" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize(("name", "kind"), [("portal.js", "javascript"), ("portal.css", "css")])
async def test_what_the_page_names_is_served_as_what_it_is(
    intake: Intake, name: str, kind: str
) -> None:
    page = await intake.client.get(f"/portal/tickets/{UNKNOWN}")
    assert f'"/portal/assets/{name}"' in page.text
    asset = await intake.client.get(f"/portal/assets/{name}")
    assert asset.status_code == 200
    assert asset.headers["content-type"] == f"text/{kind}; charset=utf-8"
    assert asset.headers["x-content-type-options"] == "nosniff"
    assert "innerHTML" not in asset.text


@pytest.mark.parametrize("path", ["tickets/x", "assets/page.html", "assets/..%2Froutes.py", ""])
async def test_another_path_of_the_portal_is_a_problem(intake: Intake, path: str) -> None:
    answer = await intake.client.get(f"/portal/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_letters_token_opens_what_the_page_asks_of_its_ticket_alone(
    intake: Intake,
) -> None:
    first, second = await intake.open(key="ann"), await intake.open(subject="Other", key="bob")
    expires = clock.now() + timedelta(hours=1)
    token = portal_token(SIGNING, first["id"], first["requester"], expires)
    headers = {"Authorization": f"Bearer {token}"}
    for part in ("", "/history", "/messages"):
        own, other = f"/v1/tickets/{first['id']}{part}", f"/v1/tickets/{second['id']}{part}"
        assert (await intake.client.get(own)).status_code == 401
        assert (await intake.client.get(own, headers=headers)).status_code == 200
        assert (await intake.client.get(other, headers=headers)).status_code == 404
