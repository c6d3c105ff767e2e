"""POST /v1/sla/previews through the application, on the scenarios that lie beside."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.integration.sla_clock.conftest import Clocked
from tests.support.material import material

pytestmark = pytest.mark.integration
SCENARIOS: list[dict[str, Any]] = json.loads(material("cases", "sla-scenarios.json").read_text())
KINDS = {
    "first_response": "first_response",
    "update": "next_response",
    "keep_in_loop": "update",
    "resolution": "resolution",
}
BY_ITSELF = {"actor": {"kind": "system", "id": "test"}}  # so that waiting is no answer


def _document(policy: dict[str, Any]) -> dict[str, Any]:
    written = policy["calendar"]
    hours = {
        day: [f"{start}-{end}" for start, end in spans] for day, spans in written["hours"].items()
    }
    return {
        "desk": "imagined",
        "name": "Imagined",
        "time_zone": written["tz"],
        "number": "I-{sequence}",
        "calendars": {"office": {"hours": hours, "holidays": written["holidays"]}},
        "channels": {"web": {"accept": "always"}},
        "priorities": {"default": "normal", "levels": ["normal"]},
        "sla": {"targets": [_target(metric) for metric in policy["metrics"]]},
    }


def _target(metric: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": KINDS[metric["kind"]],
        "within": f"{metric['target_s']}s",
        "calendar": "office",
        "at_risk": [],
        "pauses": ["waiting"] if metric["pausable"] else [],
        "offsets": [f"{offset}s" for offset in metric.get("escalate_offsets_s", ())],
    }


class _Adapter:
    """Their events as ours; it knows the state, which their events only name."""

    def __init__(self, policy: dict[str, Any]) -> None:
        self._paused = set(policy["paused_states"])
        self._done = set(policy.get("done_states", ("solved", "closed")))
        self._metrics = {m["name"]: KINDS[m["kind"]] for m in policy["metrics"]}
        self._budgets = {KINDS[m["kind"]]: m["target_s"] for m in policy["metrics"]}
        self._is_done = False

    def events(self, told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in told:
            for name, data in self._ours(event):
                yield {"type": name, "at": event["t"], "data": data}

    def _ours(self, event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        match event["type"]:
            case "created":
                yield "TicketOpened", {}
                if event.get("state") in self._paused:
                    yield "InfoRequested", BY_ITSELF
            case "agent_reply":
                yield "MessageAdded", {"author_kind": "engineer"}
            case "customer_message":
                yield "MessageAdded", {"author_kind": "requester"}
            case "state":
                yield self._state(event["to"]), BY_ITSELF
            case "policy":
                yield "PolicySwapped", self._swap(event)
            case other:
                raise AssertionError(other)

    def _state(self, to: str) -> str:
        was_done, self._is_done = self._is_done, to in self._done
        if self._is_done:
            return "TicketClosed" if was_done else "Resolved"
        if was_done:
            return "TicketReopened"
        return "InfoRequested" if to in self._paused else "TicketResumed"

    def _swap(self, event: dict[str, Any]) -> dict[str, Any]:
        self._budgets |= {self._metrics[m["name"]]: m["target_s"] for m in event.get("metrics", ())}
        budgets = {} if event.get("no_match") else self._budgets
        targets = [{"metric": name, "within": f"{budget}s"} for name, budget in budgets.items()]
        return {"targets": targets, **({"start": "change"} if event.get("start") else {})}


def _answer(key: str, target: dict[str, Any]) -> object:
    match key:
        case "due":
            is_open = target["met_at"] is None and target["state"] != "cancelled"
            return _time(target["due_at"]) if is_open else None
        case "breached_at":
            return _time(target["breached_at"])
        case "longest_s" | "elapsed_s":
            return target[f"{key.removesuffix('_s')}_seconds"]
        case "escalations":
            return [_time(step["at"]) for step in target["steps"]]
        case other:
            raise AssertionError(other)


def _time(text: object) -> object:
    return datetime.fromisoformat(text) if isinstance(text, str) else text


def _expected(value: object) -> object:
    return [_time(one) for one in value] if isinstance(value, list) else _time(value)


@pytest.mark.parametrize("case", SCENARIOS, ids=[case["id"] for case in SCENARIOS])
async def test_a_worked_scenario_is_previewed_as_its_source_says(
    clocked: Clocked, case: dict[str, Any]
) -> None:
    policy = case["policy"]
    body = {
        "policy": _document(policy),
        "events": list(_Adapter(policy).events(case["events"])),
        "as_of": case["as_of"],
    }
    answer = await clocked.call("POST", "/sla/previews", body)
    assert answer.status_code == 200, answer.text
    kinds = {metric["name"]: KINDS[metric["kind"]] for metric in policy["metrics"]}
    for name, wanted in case["expected"].items():
        found = [one for one in answer.json()["targets"] if one["metric"] == kinds[name]]
        keys = wanted.keys()
        assert {key: _answer(key, found[-1]) for key in keys} == {
            key: _expected(wanted[key]) for key in keys
        }, name
