"""The pages: without a link's token they hold nothing; what guards them."""

import re
from datetime import timedelta
from typing import Any

import pytest

from reglament import clock
from reglament.http.auth import PORTAL_COOKIE
from reglament.http.tokens import portal_token
from reglament.wording import LOCALES
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
UNKNOWN = "00000000-0000-7000-8000-000000000000"
SIGNING = "secret-of-thirty-two-bytes-or-more"


def cookie_of(ticket: dict[str, Any]) -> dict[str, str]:
    """Headers of a browser that has opened the letter's link."""
    expires = clock.now() + timedelta(hours=1)
    token = portal_token(SIGNING, ticket["id"], ticket["requester"], expires)
    return {"Cookie": f"{PORTAL_COOKIE}={token}"}


async def test_the_page_holds_no_data_and_is_the_same_for_a_ticket_that_is_not_there(
    intake: Intake,
) -> None:
    ticket = await intake.open()
    page = await intake.client.get(f"/portal/tickets/{ticket['id']}")
    other = await intake.client.get(f"/portal/tickets/{UNKNOWN}")
    assert page.status_code == other.status_code == 200
    assert page.text.replace(ticket["id"], UNKNOWN) == other.text
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
    assert page.text.count("<script") == page.text.count('src="/pages/assets/') == 1
    assert "<style" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize("path", ["/board", f"/portal/tickets/{UNKNOWN}"])
async def test_what_a_page_names_is_served_as_what_it_is(intake: Intake, path: str) -> None:
    page = await intake.client.get(path)
    named = re.findall(r'(?:src|href)="(/pages/assets/[^"]+)"', page.text)
    assert len(named) >= 3
    for each in named:
        asset = await intake.client.get(each)
        assert asset.status_code == 200
        assert asset.headers["content-type"].startswith(KINDS[each.rpartition(".")[2]])
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert "innerHTML" not in asset.text
        assert "http" not in asset.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "path", ["portal/tickets/x", "pages/assets/x.js", "pages/words/de", "portal"]
)
async def test_another_path_of_the_pages_is_a_problem(intake: Intake, path: str) -> None:
    answer = await intake.client.get(f"/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_is_told_in_the_requesters_language_or_the_one_that_is_chosen(
    intake: Intake,
) -> None:
    ticket = await intake.open()
    cookie = cookie_of(ticket)
    path = f"/portal/tickets/{ticket['id']}"
    own = await intake.client.get(path, headers=cookie)
    assert ticket["subject"] in own.text
    for locale in LOCALES:
        page = await intake.client.get(f"{path}?lang={locale}", headers=cookie)
        assert page.headers["content-language"] == locale
        assert f'<html lang="{locale}">' in page.text
        assert f"reglament_lang={locale}" in page.headers["set-cookie"]
    shell = await intake.client.get(path, headers={"Accept-Language": "de, fr;q=0.5"})
    assert shell.headers["content-language"] == "fr"


async def test_others_words_are_no_markup(intake: Intake) -> None:
    ticket = await intake.open(subject="<script>alert(1)</script>")
    cookie = cookie_of(ticket)
    page = await intake.client.get(f"/portal/tickets/{ticket['id']}", headers=cookie)
    assert "&lt;script&gt;alert" in page.text
    assert "<script>alert" not in page.text


async def test_a_key_says_whom_it_stands_for(intake: Intake) -> None:
    ticket = await intake.open()
    expires = clock.now() + timedelta(hours=1)
    token = portal_token(SIGNING, ticket["id"], ticket["requester"], expires)
    me = await intake.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json() == {
        "role": "requester",
        "desk": None,
        "subject": ticket["requester"],
        "ticket": ticket["id"],
    }


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


async def test_a_returned_request_is_completed_by_the_form_that_asks_for_what_lacked(
    intake: Intake,
) -> None:
    ticket = await intake.open(category="error")
    assert ticket["status"] == "returned"
    cookie, path = cookie_of(ticket), f"/portal/tickets/{ticket['id']}"
    page = await intake.client.get(path, headers=cookie)
    assert f'action="{path}/information"' in page.text
    assert 'name="fields.frequency"' in page.text
    given = {"fields.frequency": "daily", "text": ""}
    done = await intake.client.post(f"{path}/information", data=given, headers=cookie)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=sent")
    after = await intake.get(f"/tickets/{ticket['id']}")
    assert (after["status"], after["fields"]) == ("accepted", {"frequency": "daily"})


async def test_what_cannot_be_done_is_said_on_the_page_and_the_text_stays(intake: Intake) -> None:
    ticket = await intake.open()
    cookie, path = cookie_of(ticket), f"/portal/tickets/{ticket['id']}"
    early = await intake.client.post(f"{path}/rating", data={"score": "5"}, headers=cookie)
    assert early.status_code == 422
    assert "not possible" in early.text
    empty = await intake.client.post(f"{path}/messages", data={"text": " "}, headers=cookie)
    assert empty.status_code == 422
    await intake.act(ticket["id"], "refusal", {"reason": "abuse"})
    late = await intake.client.post(f"{path}/callback", data={}, headers=cookie)
    assert late.status_code == 422


async def test_before_its_beginning_a_ticket_is_shown_as_it_began(intake: Intake) -> None:
    ticket = await intake.open()
    await intake.act(ticket["id"], "messages", {"body": "Later words"})
    path = f"/portal/tickets/{ticket['id']}?as_of=2001-01-01T00:00"
    page = await intake.client.get(path, headers=cookie_of(ticket))
    assert page.status_code == 200
    assert "It burns" in page.text
    assert "Later words" not in page.text
    strange = await intake.client.get(path.replace("2001", "yesterday"), headers=cookie_of(ticket))
    assert "Later words" in strange.text
