"""The shared letters: each ends as its manifest expects, through the same parser and classifier."""

import json
from typing import Any

import pytest

from intake.channels.mail.classify import Ourselves, Verdict, classify
from intake.channels.mail.limits import Unreadable
from intake.channels.mail.parse import parse
from tests.support.material import material

CASES = material("cases", "mail")
KINDS = {"ticket": "request", "auto-reply": "automatic", "bounce": "report"}
OURSELVES = Ourselves(
    addresses=frozenset({"support@acme.example"}),
    servers=frozenset({"mx.acme.example"}),
    secret="x" * 32,
)


def cases() -> list[Any]:
    letters = json.loads((CASES / "manifest.json").read_text())
    return [pytest.param(letter, id=letter["file"]) for letter in letters]


def verdict(raw: bytes) -> Verdict:
    try:
        return classify(parse(raw), OURSELVES)
    except Unreadable as error:
        return Verdict(kind="quarantined", rule=str(error))


@pytest.mark.parametrize("case", cases())
def test_each_letter_is_what_its_manifest_says(case: dict[str, Any]) -> None:
    found = verdict((CASES / case["file"]).read_bytes())
    assert found.kind == KINDS.get(case["expectation"], "quarantined"), found.rule
    assert found.may_answer is not case["no_ack"], found.rule
