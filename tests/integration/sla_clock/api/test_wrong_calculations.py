"""What POST /v1/calendars/calculations says to a body that makes no sense."""

from typing import Any

import pytest

from tests.integration.sla_clock.conftest import Clocked

pytestmark = pytest.mark.integration
ALWAYS = {"hours": "24x7"}
START = "2026-11-20T10:00:00Z"
ADD = {"op": "add", "start": START, "seconds": 60}
BODIES: list[Any] = [
    None,
    [],
    {},
    {"calendar": [], "operations": []},
    {"calendar": {}, "operations": [ADD]},
    {"calendar": {"hours": 5}, "operations": [ADD]},
    {"calendar": {"hours": []}, "operations": [ADD]},
    {"calendar": {"hours": {"mon": 5}}, "operations": [ADD]},
    {"calendar": {"hours": {"mon": [5]}}, "operations": [ADD]},
    {"calendar": {"hours": {"mon": [["09:00"]]}}, "operations": [ADD]},
    {"calendar": {"hours": {"mon": [[9, 18]]}}, "operations": [ADD]},
    {"calendar": {"hours": {"mon": [["25:00", "26:00"]]}}, "operations": [ADD]},
    {"calendar": {"hours": {"noday": ["09:00-18:00"]}}, "operations": [ADD]},
    {"calendar": {"hours": {}}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "time_zone": "Nowhere/Land"}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "time_zone": "../etc/passwd"}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "time_zone": "a\0b"}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "time_zone": 5}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "holidays": 5}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "holidays": "XX"}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "holidays": [["2026-01-01"]]}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "holidays": ["RU", {"a": 1}]}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "annual_holidays": {"a": 1}}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "overrides": ["2026-01-01"]}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "overrides": {"2026-01-01": 7}}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "overrides": {"2026-01-01": {"a": 1}}}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "short_days": "yes"}, "operations": [ADD]},
    {"calendar": {**ALWAYS, "more": 1}, "operations": [ADD]},
    {"calendar": ALWAYS, "operations": [{}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "op": "multiply"}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "start": "2026-11-20T10:00:00"}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "start": "9999-12-31T23:59:59Z"}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "start": "0001-01-01T00:00:00+14:00"}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "start": "0001-01-01T00:00:00Z", "seconds": -5}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "seconds": "Infinity"}]},
    {"calendar": ALWAYS, "operations": [{**ADD, "seconds": 1e300}]},
    {"calendar": ALWAYS, "operations": [{"op": "add_days", "start": START, "days": 1.5}]},
    {"calendar": ALWAYS, "operations": [{"op": "add_days", "start": START, "days": 10**30}]},
    {
        "calendar": {"hours": {"mon": ["09:00-10:00"]}, "time_zone": "Asia/Tokyo"},
        "operations": [
            {"op": "between", "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59-14:00"}
        ],
    },
]


async def test_nonsense_is_answered_with_a_problem(clocked: Clocked) -> None:
    wrong = []
    for body in BODIES:
        answer = await clocked.call("POST", "/calendars/calculations", body)
        is_problem = answer.headers["content-type"] == "application/problem+json"
        if not (400 <= answer.status_code < 500 and is_problem):
            wrong.append((body, answer.status_code, answer.text))
    assert not wrong
