"""A desk looks at its letters before clients get them."""

from typing import Any

import pytest

from notifier.api.letters import TRIES_AN_HOUR
from notifier.letters.trial import TEMPLATES
from notifier.transports.smtp import SmtpServer
from reglament.mail.message_ids import own_message_id
from tests.integration.notifier.conftest import SECRET, Process

pytestmark = pytest.mark.integration
ROOT = "/v1/desks/north/letters"


@pytest.fixture
def trials(process: Process) -> Process:
    """The process, its routes at the scripted mail server."""
    trials = process.runtime.extras["letter-trials"]
    trials.smtp.server = process.sender.smtp.server
    return process


@pytest.mark.parametrize("template", TEMPLATES)
async def test_every_letter_can_be_looked_at(trials: Process, template: str) -> None:
    answer = await trials.client.get(f"{ROOT}/{template}/preview", params={"locale": "fr"})
    shown = answer.json()
    assert (answer.status_code, shown["locale"], shown["own"]) == (200, "fr", False)
    assert "N-0" in shown["subject"] or template == "letter_refused"
    assert shown["html"].startswith("<!DOCTYPE html>")


async def test_the_desks_own_letters_are_named(trials: Process) -> None:
    items = (await trials.client.get(ROOT)).json()["items"]
    assert {"template": "confirmation", "own": []} in items
    assert len(items) == len(TEMPLATES)


async def test_a_letter_is_sent_to_a_colleague_for_a_try(trials: Process) -> None:
    body = {"to": "anna@north.example"}
    answer = await trials.client.post(f"{ROOT}/confirmation/test", json=body)
    assert answer.status_code == 200, answer.text
    (letter,) = trials.mail.taken
    assert str(letter["To"]) == "anna@north.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert own_message_id(SECRET, str(letter["Message-ID"])) is not None
    assert answer.json()["message_id"] == str(letter["Message-ID"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("confirmation/test", {"to": "nobody"}, 422),
        ("confirmation/test", {"to": "Support@North.example"}, 422),
        ("no_such/test", {"to": "anna@north.example"}, 404),
        ("confirmation/test", {"to": "anna@north.example", "cc": "x"}, 422),
    ],
    ids=["no address", "a desk's own mailbox", "no such letter", "an unknown key"],
)
async def test_what_cannot_be_tried_is_refused(
    trials: Process, path: str, body: dict[str, Any], status: int
) -> None:
    assert (await trials.client.post(f"{ROOT}/{path}", json=body)).status_code == status
    assert trials.mail.taken == []


async def test_a_refusing_and_an_absent_server_are_told_apart(trials: Process) -> None:
    trials.mail.script = ["550 no"]
    body = {"to": "anna@north.example"}
    assert (await trials.client.post(f"{ROOT}/closed/test", json=body)).status_code == 422
    trials.runtime.extras["letter-trials"].smtp.server = SmtpServer(host="127.0.0.1", port=1)
    await trials.runtime.extras["letter-trials"].smtp.close()
    assert (await trials.client.post(f"{ROOT}/closed/test", json=body)).status_code == 503


async def test_tries_are_counted_so_that_nobody_is_flooded(trials: Process) -> None:
    body = {"to": "anna@north.example"}
    answers = [
        await trials.client.post(f"{ROOT}/closed/test", json=body) for _ in range(TRIES_AN_HOUR + 1)
    ]
    assert [each.status_code for each in answers] == [200] * TRIES_AN_HOUR + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


async def test_only_the_desks_people_look_at_its_letters(trials: Process) -> None:
    answer = await trials.client.get(
        f"{ROOT}/closed/preview", headers={"Authorization": "Bearer wrong"}
    )
    assert answer.status_code == 401
