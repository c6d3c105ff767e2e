"""Nothing in a policy is taken and then does nothing."""

from typing import Any

import pytest

from reglament.policy.checks import faults
from tests.support.tickets import desk

TARGET = {"metric": "handling", "within": "8h", "calendar": "office"}
BREACH = {"on": "breached", "metric": "handling"}
TWO: dict[str, Any] = {"error": {}, "question": {}}


@pytest.mark.parametrize(
    ("keys", "rule", "field"),
    [
        ({"notifications": {"on": ["asigned"]}}, "unknown-letter", "notifications.on"),
        ({"escalation": [{**BREACH, "step": 90}]}, "step-of-a-breach", "escalation.0.step"),
        (
            {"categories": TWO, "routing": [{"when": {"category": "eror"}, "department": "a"}]},
            "unknown-category",
            "routing.0.when.category",
        ),
        (
            {"routing": [{"when": {"priority": "hihg"}, "department": "a"}]},
            "unknown-priority",
            "routing.0.when.priority",
        ),
        (
            {
                "service_levels": {"base": {}},
                "routing": [{"when": {"service_level": "gold"}, "department": "a"}],
            },
            "unknown-service-level",
            "routing.0.when.service_level",
        ),
        (
            {"categories": TWO, "request": {"fields": {"v": {"when": {"category": "eror"}}}}},
            "unknown-category",
            "request.fields.v.when.category",
        ),
        (
            {"sla": {"targets": [{**TARGET, "channel": "fax"}]}},
            "unknown-channel",
            "sla.targets.0.channel",
        ),
        ({"priorities": {"titles": {"hihg": ["High"]}}}, "unknown-priority", "priorities.titles"),
        (
            {"request": {"attachments": {"formats": ["jpeg"]}}},
            "unknown-format",
            "request.attachments.formats",
        ),
        (
            {"request": {"attachments": {"packed": {"bmp": ["7z"]}}}},
            "unknown-archive",
            "request.attachments.packed.bmp",
        ),
        (
            {"mailbox": {"address": "support", "secret": "S"}},
            "email-malformed",
            "mailbox.address",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_name_that_nothing_would_fit_is_a_fault(
    keys: dict[str, Any], rule: str, field: str
) -> None:
    assert [(each.rule, each.field) for each in faults(desk(**keys))] == [(rule, field)]


def test_an_open_scope_may_name_any_category() -> None:
    route = {"when": {"category": "anything"}, "department": "a"}
    assert faults(desk(scope="open", routing=[route])) == []
