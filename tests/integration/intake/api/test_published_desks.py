"""The desks' own policy files, each rule that intake alone can show."""

import base64
import struct
from pathlib import Path
from typing import Any

import pytest

from reglament import clock
from reglament.instants import rfc3339
from reglament.policy.loader import parse
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
POLICIES = Path(__file__).parents[4] / "policies"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 40).decode()
BMP = base64.b64encode(b"BM" + b"\0" * 12 + struct.pack("<I", 40) + b"\0" * 40).decode()
CONTRACT = {"number": "42", "from": "2020-01-01", "until": "2090-12-31"}
WHO = {"name": "Ann", "email": "ann@acme.example", "phone": "+7 499 000 00 01"}


async def ask(intake: Intake, desk: str, **said: Any) -> tuple[int, dict[str, Any], list[str]]:
    """Status, body, and the rules that were broken."""
    body = {"requester": WHO, "subject": "Принтер горит", "description": "Горит", **said}
    answer = await intake.call("POST", f"/desks/{desk}/tickets", body, key="admin")
    document = answer.json()
    return answer.status_code, document, [each["rule"] for each in document.get("violations", [])]


async def publish(intake: Intake, desk: str) -> None:
    policy = parse((POLICIES / f"{desk}.yaml").read_bytes())
    answer = await intake.call("PUT", f"/desks/{desk}/policy", policy, key="admin")
    assert answer.status_code == 201, answer.text


async def register(intake: Intake, desk: str, **more: Any) -> None:
    customer = {"name": "Acme", "emails": ["ann@acme.example"], "contracts": [CONTRACT], **more}
    path = f"/desks/{desk}/customers/acme"
    answer = await intake.call("PUT", path, customer, key="admin")
    assert answer.status_code == 200, answer.text


@pytest.mark.rule("EIL-04")
@pytest.mark.rule("EIL-07")
@pytest.mark.rule("EIL-10")
async def test_eiler(intake: Intake) -> None:
    await publish(intake, "eiler")
    said: dict[str, Any] = {
        "channel": "web",
        "category": "Установка",
        "priority": "haute",
        "fields": {"steps": "1, 2", "frequency": "daily", "version": "7"},
    }
    status, ticket, rules = await ask(intake, "eiler", **said)
    assert (status, ticket["status"], rules) == (201, "registered", ["screenshot-missing"])
    assert (ticket["category"], ticket["priority"]) == ("installation", "high")
    lacking = {**said, "fields": {"steps": "1, 2", "version": "7"}, "subject": "Other"}
    status, ticket, rules = await ask(intake, "eiler", **lacking)
    assert (status, ticket["status"], rules[0]) == (201, "returned", "field-missing")
    assert ticket["violations"][0]["field"] == "fields.frequency"
    status, problem, rules = await ask(intake, "eiler", **{**said, "channel": "messenger"})
    assert (status, rules) == (422, ["channel-not-official"])
    assert "support@eiler.example" in problem["violations"][0]["detail"]
    status, _, rules = await ask(intake, "eiler", **{**said, "category": "weather"})
    assert (status, rules) == (422, ["category-out-of-scope"])


@pytest.mark.rule("EIL-02")
@pytest.mark.rule("RUS-06")
async def test_a_call_at_night_is_refused_with_the_next_opening(intake: Intake) -> None:
    await publish(intake, "rusbitech")
    await register(intake, "rusbitech")
    said = {"channel": "phone", "category": "errors", "fields": {"manual_read": True}}
    night, noon = "2026-11-20T20:00:00Z", "2026-11-20T12:00:00Z"
    status, problem, rules = await ask(intake, "rusbitech", received_at=night, **said)
    assert (status, rules) == (422, ["channel-closed"])
    assert problem["violations"][0]["detail"] == "opens 2026-11-23T07:00:00.000000Z"
    status, ticket, _ = await ask(intake, "rusbitech", received_at=noon, **said)
    assert (status, ticket["status"]) == (201, "accepted")
    said["fields"] = {}
    status, ticket, rules = await ask(intake, "rusbitech", received_at=noon, **said)
    assert (ticket["status"], rules) == ("returned", ["field-missing"])


@pytest.mark.rule("WIS-08")
@pytest.mark.rule("WIS-12")
@pytest.mark.rule("WIS-18")
async def test_wiseadvice(intake: Intake) -> None:
    await publish(intake, "wiseadvice")
    fields = {"inn": "7707083893", "version": "3", "edition": "prof"}
    said: dict[str, Any] = {"channel": "email", "fields": fields}
    bare = [{"name": "a.png", "content": BMP}]
    status, _, rules = await ask(intake, "wiseadvice", **said)
    assert (status, rules[0]) == (422, "customer-unknown")
    await register(intake, "wiseadvice", inn="7707083893")
    status, ticket, rules = await ask(intake, "wiseadvice", **said, attachments=bare)
    assert (ticket["status"], rules) == ("returned", ["attachment-format", "screenshot-missing"])
    right = {"attachments": [{"name": "b.png", "content": PNG}]}
    opened = await intake.act(ticket["id"], "information", right, key="admin")
    assert (opened["status"], opened["service_level"]) == ("registered", "commercial")
    assert opened["number"] == ticket["number"]
    stranger = {**said, "requester": {"email": "x@other.example"}, **right}
    _, ticket, _ = await ask(intake, "wiseadvice", **stranger)
    assert ticket["service_level"] == "base"


@pytest.mark.rule("MIC-02")
@pytest.mark.rule("MIC-07")
@pytest.mark.rule("MIC-10")
async def test_microimpuls(intake: Intake) -> None:
    await publish(intake, "microimpuls")
    named = {"fields": {"client": "acme"}}
    status, problem, rules = await ask(intake, "microimpuls", channel="web", **named)
    assert (status, rules) == (422, ["customer-unknown"])
    assert problem["type"].endswith("/not-entitled")
    await register(intake, "microimpuls")
    _, ticket, _ = await ask(intake, "microimpuls", channel="web")
    assert (ticket["status"], ticket["service_level"]) == ("accepted", "basic")
    _, ticket, rules = await ask(intake, "microimpuls", channel="web", subject="Re: ПОМОГИТЕ!")
    assert (ticket["status"], rules) == ("returned", ["subject-general"])
    error = {"channel": "web", "category": "Ошибка", "subject": "Ошибка печати"}
    _, ticket, rules = await ask(intake, "microimpuls", **error)
    assert rules == ["field-missing", "field-missing", "screenshot-or-log-missing"]


@pytest.mark.rule("REM-07")
@pytest.mark.rule("REM-10")
async def test_remsys(intake: Intake) -> None:
    await publish(intake, "remsys")
    said = {"channel": "web", "priority": "критичный", "category": "network"}
    _, ticket, _ = await ask(intake, "remsys", **said)
    assert (ticket["status"], ticket["priority"]) == ("accepted", "critical")
    assert (ticket["department"], ticket["number"]) == ("network", "REM-000001")
    status, _, rules = await ask(intake, "remsys", channel="chat")
    assert (status, rules) == (422, ["channel-needs-ticket"])
    talked = {"body": "hello", "channel": "chat", "at": rfc3339(clock.now())}
    assert await intake.act(ticket["id"], "messages", talked, key="admin")
