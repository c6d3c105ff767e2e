"""POST /v1/calendars/calculations through the application, on the cases that lie beside."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.integration.sla_clock.conftest import Clocked
from tests.support.material import material

pytestmark = pytest.mark.integration
CASES: list[dict[str, Any]] = json.loads(material("cases", "calendar.json").read_text())
PATH = "/calendars/calculations"


def _operation(case: dict[str, Any]) -> dict[str, Any]:
    start, args = case["start"], case["args"]
    match case["op"]:
        case "add_working_time":
            return {"op": "add", "start": start, "seconds": args["seconds"]}
        case "add_working_days":
            by_end = args.get("end_of_working_day", False)
            return {"op": "add_days", "start": start, "days": args["days"], "end_of_day": by_end}
        case _:
            return {"op": "between", "start": start, "end": args["end"]}


async def test_every_worked_case_comes_out_over_http(clocked: Clocked) -> None:
    wrong = {}
    for case in CASES:
        written = dict(case["calendar"])
        calendar = {"time_zone": written.pop("tz"), **written}
        body = {"calendar": calendar, "operations": [_operation(case)]}
        answer = await clocked.call("POST", PATH, body)
        assert answer.status_code == 200, (case["id"], answer.text)
        (result,) = answer.json()["results"]
        found: Any = result.get("seconds")
        expected = case["expected"]
        if "end" in result:
            assert result["end"].endswith("Z"), result
            found, expected = (datetime.fromisoformat(one) for one in (result["end"], expected))
        if found != expected:
            wrong[case["id"]] = (found, expected)
    assert not wrong
    assert len(CASES) > 50
