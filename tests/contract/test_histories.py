"""Histories of every released version, read by today's code: the same rows, states and clocks."""

import json
from collections import Counter
from typing import Any

import pytest

from reglament.eventstore.chain import check
from reglament.policy.loader import validate
from tests.contract.histories.replay import FOLDER, differences, envelopes_of, outcome

FILES = sorted(FOLDER.glob("v*/*.json"))
FOUND: list[tuple[str, dict[str, Any]]] = [
    (f"{file.parent.name}/{file.stem}/{ticket['ticket'][-6:]}", ticket)
    for file in FILES
    for ticket in json.loads(file.read_text("utf-8"))["tickets"]
]
TICKETS = [pytest.param(ticket, id=name) for name, ticket in FOUND]
LEAST_TYPES = 19


def test_every_release_has_histories_of_several_desks() -> None:
    releases = Counter(file.parent.name for file in FILES)
    assert releases
    assert all(desks >= 5 for desks in releases.values()), releases
    kinds = {row["type"] for _, ticket in FOUND for row in ticket["events"]}
    assert len(kinds) >= LEAST_TYPES


@pytest.mark.parametrize("ticket", TICKETS)
def test_a_recorded_history_still_means_what_it_meant(ticket: dict[str, Any]) -> None:
    history = envelopes_of(ticket["events"])
    found = outcome(validate(ticket["policy"]), ticket["policy_version"], history)
    assert differences(ticket["expected"], found) == []


@pytest.mark.parametrize("ticket", TICKETS)
def test_a_recorded_histories_chains_hold(ticket: dict[str, Any]) -> None:
    history = envelopes_of(ticket["events"])
    for source in {one.source for one in history}:
        own = sorted((one for one in history if one.source == source), key=lambda e: e.sequence)
        proof = check(f"ticket/{own[0].subject}", len(own), own[-1].hash, own)
        assert proof.broken_at is None, (source, proof)


@pytest.mark.parametrize("ticket", TICKETS[:3])
def test_a_reader_of_then_takes_a_field_of_today(ticket: dict[str, Any]) -> None:
    later = [
        {**row, "body": json.dumps({**json.loads(row["body"]), "of_a_later_release": [1]})}
        for row in ticket["events"]
    ]
    found = outcome(validate(ticket["policy"]), ticket["policy_version"], envelopes_of(later))
    assert differences(ticket["expected"], found) == []


def test_a_difference_is_told_with_its_place_and_what_is_new_is_none() -> None:
    expected = {"state": "met", "steps": [{"at": 1}]}
    assert differences(expected, {**expected, "new": 1}) == []
    assert differences(expected, {"state": "met", "steps": [{"at": 2}]}) == [
        ".steps[0].at: 1, now 2"
    ]
    assert differences(expected, {"steps": []}) == [
        ".state: 'met', now None",
        ".steps: [{'at': 1}], now []",
    ]
