"""A policy is read whole or not at all, and every fault names its key."""

from pathlib import Path
from typing import Any

import pytest

from reglament.errors import Refused
from reglament.policy.loader import load, parse, validate

POLICIES = sorted((Path(__file__).parents[4] / "policies").glob("*.yaml"))
SMALLEST: dict[str, Any] = {
    "desk": "sixth",
    "name": "Sixth",
    "time_zone": "Europe/Berlin",
    "number": "SIX-{sequence:04d}",
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"web": {"accept": "always"}},
}


def refusal(document: dict[str, Any]) -> list[tuple[str, str | None]]:
    with pytest.raises(Refused) as caught:
        validate(document)
    assert caught.value.kind == "policy-invalid"
    return [(violation.rule, violation.field) for violation in caught.value.violations]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_published_policy_file_is_valid_and_named_after_its_desk(path: Path) -> None:
    assert load(path.read_bytes()).desk == path.stem


def test_five_desks_are_published() -> None:
    assert len(POLICIES) == 5


def test_the_smallest_policy_is_enough_for_a_desk() -> None:
    assert validate(SMALLEST).priorities.default == "normal"


def test_causes_are_named_in_a_list_or_with_their_titles() -> None:
    plain = validate(SMALLEST | {"causes": ["power"]})
    titled = validate(SMALLEST | {"causes": {"power": {"titles": ["Power"]}}})
    assert list(plain.causes) == list(titled.causes) == ["power"]
    first = {"out_of_turn": {"causes": ["water"]}}
    unknown = SMALLEST | {"causes": ["power"], "queue": first}
    assert refusal(unknown) == [("unknown-cause", "queue.out_of_turn.causes")]


def test_the_clock_escalates_at_a_step_that_its_target_has() -> None:
    promise = {"metric": "handling", "within": "8h", "calendar": "always", "offsets": ["-1h"]}

    def desk(step: object, **more: object) -> dict[str, Any]:
        escalation = [{"on": "at_risk", "metric": "handling", "step": step}]
        return SMALLEST | {"sla": {"targets": [{**promise, **more}]}, "escalation": escalation}

    for step in (90, "75", "-1h"):
        assert validate(desk(step)).escalation
    assert validate(desk("expect", expect="4h")).escalation
    for step in (80, "-60m", "expect"):
        assert refusal(desk(step)) == [("unknown-step", "escalation.0.step")]


def test_the_key_on_is_a_word_and_not_true() -> None:
    text = "escalation: [{on: breached, metric: first_response}]\nhours: [10:30, 2026-01-09, no]"
    assert parse(text) == {
        "escalation": [{"on": "breached", "metric": "first_response"}],
        "hours": ["10:30", "2026-01-09", "no"],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "aliases"),
        ("a: 1\na: 2", "stands twice"),
        ("1: 2", "a key is text"),
        ("[", "expected"),
        ("- a", "mapping"),
        ("\x00", "unacceptable"),
        ("a: " + "[" * 5000, "recursion"),
        ("x" * 300_000, "larger"),
    ],
)
def test_a_file_that_is_no_policy_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert said in (caught.value.violations[0].detail or "")


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"colour": "red"}, "extra_forbidden", "colour"),
        ({"number": "SIX"}, "string_pattern_mismatch", "number"),
        (
            {"calendars": {"never": {"hours": {}}, "always": {"hours": "24x7"}}},
            "calendar-invalid",
            "calendars.never",
        ),
        ({"time_zone": "Mars/Olympus"}, "unknown-zone", "time_zone"),
        (
            {"channels": {"phone": {"accept": {"during": "office"}}}},
            "unknown-calendar",
            "channels.phone.accept",
        ),
        (
            {"priorities": {"default": "huge", "levels": ["high"]}},
            "value_error",
            "priorities",
        ),
        (
            {"escalation": [{"on": "breached", "metric": "handling", "to": "L9"}]},
            "unknown-level",
            "escalation.0.to",
        ),
        (
            {"categories": {"error": {"needs": ["steps"]}}},
            "unknown-field",
            "categories.error.needs",
        ),
        (
            {"queue": {"out_of_turn": {"priority": ["huge"]}}},
            "unknown-priority",
            "queue.out_of_turn.priority",
        ),
    ],
)
def test_a_fault_names_its_rule_and_key(change: dict[str, Any], rule: str, field: str) -> None:
    assert (rule, field) in refusal(SMALLEST | change)


@pytest.mark.parametrize(
    ("targets", "rule"),
    [
        ([{"metric": "handling", "within": "8h", "calendar": "night"}], "unknown-calendar"),
        ([{"metric": "handling", "within": "0s", "calendar": "always"}], "value_error"),
        ([{"metric": "handling", "within": "soon", "calendar": "always"}], "value_error"),
        (
            [{"metric": "handling", "within": "8h", "by": "end_of_day", "calendar": "always"}],
            "by-needs-business-days",
        ),
        ([{"metric": "handling", "within": "8h", "calendar": "always"}] * 2, "equal-targets"),
    ],
)
def test_a_target_that_nobody_could_hold_is_refused(
    targets: list[dict[str, str]], rule: str
) -> None:
    assert rule in [found for found, _ in refusal(SMALLEST | {"sla": {"targets": targets}})]


def test_a_span_may_be_written_as_a_pair() -> None:
    written = {
        "hours": {"mon-fri": [["09:00", "13:00"], "14:00-18:00"]},
        "overrides": {"2026-11-28": [["10:00", "12:00"]]},
    }
    office = validate({**SMALLEST, "calendars": {"office": written}}).calendars["office"]
    assert office.hours == {"mon-fri": ("09:00-13:00", "14:00-18:00")}
    assert office.overrides == {"2026-11-28": ("10:00-12:00",)}


def test_a_calendar_of_single_dates_promises_nothing_after_them() -> None:
    written = {"hours": {}, "overrides": {"2026-11-28": ["10:00-12:00"]}}
    faults = refusal({**SMALLEST, "calendars": {"office": written}})
    assert faults == [("calendar-invalid", "calendars.office")]
