"""The shared letters: each ends as its manifest expects, through the same parser and classifier."""

import json
import random
from typing import Any

import pytest

from intake.channels.mail.classify import Ourselves, Verdict, classify
from intake.channels.mail.limits import Unreadable
from intake.channels.mail.parse import parse
from intake.channels.mail.worker import read
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


def mutated(rng: random.Random, letters: list[bytes]) -> bytes:
    """A letter with a few wounds: bytes changed, cut out, put in, or taken from another."""
    raw = bytearray(rng.choice(letters))
    for _ in range(rng.randint(1, 10)):
        at = rng.randrange(len(raw) + 1)
        other = rng.choice(letters)
        start = rng.randrange(len(other) + 1)
        wounds = (b"", rng.randbytes(20), raw[start : start + 300], other[start : start + 500])
        raw[at : at + rng.choice((0, 1, 100))] = rng.choice(wounds)
    return bytes(raw)


@pytest.mark.parametrize("seed", range(4))
def test_no_wounded_letter_raises_anything_but_its_rule(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a repeatable vandal
    letters = [path.read_bytes() for path in sorted(CASES.glob("*.eml"))]
    for _ in range(100):
        raw = mutated(rng, letters)
        outcome = read(raw)
        assert not (outcome.unreadable or "").startswith("parser-"), outcome.unreadable
        if outcome.letter is not None:
            assert classify(outcome.letter, OURSELVES).rule
