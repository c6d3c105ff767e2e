"""What a request must say."""

from typing import Any

import pytest

from intake.domain.facts import File, Request
from intake.domain.rules.request_form import violations
from reglament.policy.model import Policy
from tests.support.tickets import asked, desk

GENERAL = ["help", "помогите", "без темы", "срочно", "problem"]


def broken(policy: Policy, request: Request, channel: str = "web") -> list[tuple[str, str | None]]:
    found = violations(policy, request, channel)
    return [(each.violation.rule, each.violation.field) for each in found]


@pytest.mark.rule("MIC-07")
@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        ("", "subject-missing"),
        ("Re: Fwd:", "subject-missing"),
        ("!!!", "subject-missing"),
        ("HELP", "subject-general"),
        ("ＨＥＬＰ！", "subject-general"),
        ("Re: Помогите!!!", "subject-general"),
        ("Ответ: (без темы) срочно", "subject-general"),
        ("Help, problem", "subject-general"),
        ("Problem with printer", None),
        ("Re: Принтер", None),
    ],
)
def test_a_subject_of_general_words_says_nothing(subject: str, rule: str | None) -> None:
    policy = desk(request={"subject": {"general_words": GENERAL}})
    found = broken(policy, asked(subject=subject))
    assert found == ([(rule, "subject")] if rule else [])


def test_required_fields_hang_on_category_priority_and_channel() -> None:
    rule = {"required": True, "when": {"category": ["error"], "channel": ["web"]}}
    policy = desk(request={"fields": {"steps": rule}}, categories={"error": {}, "question": {}})
    assert broken(policy, asked(category="error")) == [("field-missing", "fields.steps")]
    assert broken(policy, asked(category="question")) == []
    assert broken(policy, asked(category="error"), "email") == []


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("inn", "123", "inn-malformed"),
        ("link", "see docs", "link-malformed"),
        ("number", "many", "number-malformed"),
        ("flag", "perhaps", "flag-malformed"),
        ("flag", "no", "flag-not-set"),
        ("flag", True, None),
        ("number", 3, None),
        ("text", "x", None),
    ],
)
def test_a_field_has_its_type(kind: str, value: object, rule: str | None) -> None:
    policy = desk(request={"fields": {"it": {"type": kind, "required": True}}})
    found = broken(policy, asked(fields={"it": value}))
    assert found == ([(rule, "fields.it")] if rule else [])


@pytest.mark.rule("EIL-09")
@pytest.mark.rule("EIL-10")
def test_contacts_category_and_priority_may_be_asked_for() -> None:
    rules = {"category": "required", "priority": "required", "contacts": ["email", "phone"]}
    policy = desk(request=rules, categories={"error": {}})
    assert broken(policy, asked(email="")) == [
        ("category-missing", "category"),
        ("priority-missing", "priority"),
        ("email-missing", "requester.email"),
        ("phone-missing", "requester.phone"),
    ]
    malformed = asked(email="ann@", phone="call me", category="error", priority="normal")
    assert [rule for rule, _ in broken(policy, malformed)] == ["email-malformed", "phone-malformed"]


def test_a_priority_that_the_desk_does_not_have_is_a_flaw() -> None:
    assert broken(desk(), asked(priority="red")) == [("priority-unknown", "priority")]


@pytest.mark.rule("RUS-10")
def test_a_cause_that_the_desk_does_not_name_is_a_flaw() -> None:
    assert broken(desk(causes=["power"]), asked(cause="mood")) == [("cause-unknown", "cause")]
    assert broken(desk(causes=["power"]), asked(cause="power")) == []
    assert broken(desk(), asked(cause="mood")) == []


@pytest.mark.rule("MIC-10")
def test_a_category_has_needs_of_its_own() -> None:
    rules: dict[str, Any] = {"fields": {"steps": {}}}
    needs = {"error": {"needs": ["steps", "screenshot_or_log"]}, "question": {}}
    policy = desk(request=rules, categories=needs)
    assert [rule for rule, _ in broken(policy, asked(category="error"))] == [
        "field-missing",
        "screenshot-or-log-missing",
    ]
    assert broken(policy, asked(category="question")) == []
    log = (File(id="f", format="txt", size=1),)
    assert broken(policy, asked(category="error", fields={"steps": "1"}, files=log)) == []
