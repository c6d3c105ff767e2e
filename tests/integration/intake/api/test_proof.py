"""A ticket's proof convinces somebody who has nothing but Python, and no changed one does."""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reglament.events.sla import ClockPaused
from reglament.eventstore import rooting
from reglament.eventstore.root_signing import Signer
from reglament.eventstore.rooting import Keeping
from reglament.proof import standalone
from reglament.testing import AT, SYSTEM, envelopes
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
PAUSED = ClockPaused(at=AT, actor=SYSTEM, metric="handling", because="waiting")
Document = dict[str, Any]


async def proven(intake: Intake, roots: Path) -> Document:
    """The proof of a ticket of two sources: notes, a root, and events after it."""
    await intake.open(requester={"name": "Bob", "email": "bob@north.example"})
    ticket = (await intake.open(subject="Another printer", key="ann", **REQUEST))["id"]
    await intake.act(ticket, "messages", {"body": "hello"})
    await intake.act(ticket, "messages", {"body": "he is rude", "visibility": "internal"})
    said = envelopes(ticket, PAUSED, PAUSED, PAUSED, source="/reglament/sla-clock", desk="north")
    await intake.feed(*said)
    keeping = Keeping(service="intake", folder=roots, signer=Signer("secret"))
    async with intake.runtime.pool.acquire() as connection:
        await rooting.write_root(connection, keeping, AT)
    await intake.act(ticket, "messages", {"body": "after the root"})
    found: Document = await intake.get(f"/tickets/{ticket}/proof")
    return found


REQUEST: Document = {"requester": {"name": "Ann", "email": "ann@north.example"}}


def bare(file: Path, verifier: Path, *more: str) -> tuple[int, str]:
    """In an interpreter that knows no package and no environment."""
    command = (sys.executable, "-I", "-S", str(verifier), str(file), *more)
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout + done.stderr


async def test_a_proof_holds_in_a_bare_interpreter_with_the_verifier_that_intake_hands_out(
    intake: Intake, tmp_path: Path
) -> None:
    proof = await proven(intake, tmp_path / "roots")
    file, verifier = tmp_path / "proof.json", tmp_path / "verify_proof.py"
    file.write_text(json.dumps(proof))
    answer = await intake.client.get("/v1/proofs/verifier")
    assert "verify_proof.py" in answer.headers["content-disposition"]
    verifier.write_bytes(answer.content)
    code, said = bare(file, verifier, "--roots", str(tmp_path / "roots"))
    assert code == 0, said
    assert "/reglament/intake          5 events, up to 4 in root 1" in said
    assert "/reglament/sla-clock       3 events" in said
    del proof["sources"][0]["events"][1]
    file.write_text(json.dumps(proof))
    code, said = bare(file, verifier)
    assert (code, said.split(":")[0]) == (
        1,
        f"FAILED ticket {proof['ticket']}, source /reglament/intake, version 2",
    )
    file.write_text("[")
    assert bare(file, verifier)[0] == 2


def _event(dice: random.Random, proof: Document) -> tuple[list[Document], int]:
    events = dice.choice(proof["sources"])["events"]
    return events, dice.randrange(len(events))


def data(dice: random.Random, proof: Document) -> None:
    events, at = _event(dice, proof)
    text = events[at]["data"]
    place = dice.randrange(len(text))
    events[at]["data"] = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def attribute(dice: random.Random, proof: Document) -> None:
    events, at = _event(dice, proof)
    dice.choice(events[at]["attributes"])[1] += "x"


def chain(dice: random.Random, proof: Document) -> None:
    events, at = _event(dice, proof)
    name = dice.choice(["hash", "prev_hash"])
    events[at][name] = events[at][name][1:] + ("0" if events[at][name][0] != "0" else "1")


def gone(dice: random.Random, proof: Document) -> None:
    events, at = _event(dice, proof)
    del events[min(at, len(events) - 2)]


def swapped(dice: random.Random, proof: Document) -> None:
    events, _ = _event(dice, proof)
    one, other = dice.sample(range(len(events)), 2)
    events[one], events[other] = events[other], events[one]


def cut_below_the_root(dice: random.Random, proof: Document) -> None:
    del proof["sources"][0]["events"][dice.randint(0, 3) :]


def another_ticket(_: random.Random, proof: Document) -> None:
    last = "0" if proof["ticket"].endswith("f") else "f"
    proof["ticket"] = proof["ticket"][:-1] + last


def root(dice: random.Random, proof: Document) -> None:
    found = proof["sources"][0]["root"]
    name = dice.choice(sorted(set(found) - {"path"}))
    found[name] = found[name] + (1 if isinstance(found[name], int) else "x")


def path(dice: random.Random, proof: Document) -> None:
    found = proof["sources"][0]["root"]["path"]
    place = dice.randrange(len(found))
    found[place] = found[place][::-1]


CHANGES: tuple[Callable[[random.Random, Document], None], ...] = (
    data,
    attribute,
    chain,
    gone,
    swapped,
    cut_below_the_root,
    another_ticket,
    root,
    path,
)


async def test_no_changed_proof_holds(intake: Intake, tmp_path: Path) -> None:
    proof = await proven(intake, tmp_path)
    assert standalone.checked(proof, str(tmp_path))[0] == 0
    dice = random.Random(7)  # noqa: S311 - no secret
    for number in range(500):
        changed = copy.deepcopy(proof)
        change = CHANGES[number % len(CHANGES)]
        change(dice, changed)
        assert changed != proof, change
        code, said = standalone.checked(changed)
        assert code != 0, (change, said)


async def test_a_root_that_is_not_the_one_that_was_kept_does_not_hold(
    intake: Intake, tmp_path: Path
) -> None:
    proof = await proven(intake, tmp_path)
    file = tmp_path / "intake" / "000001.jsonl"
    file.chmod(0o644)
    file.write_text(file.read_text().replace(proof["sources"][0]["root"]["digest"], "0" * 64))
    assert standalone.checked(proof)[0] == 0
    code, said = standalone.checked(proof, str(tmp_path))
    assert (code, "not the one that was kept" in said) == (1, True)


async def test_what_a_requester_may_not_see_is_withheld_and_the_chain_still_holds(
    intake: Intake, tmp_path: Path
) -> None:
    ticket = (await proven(intake, tmp_path))["ticket"]
    proof = await intake.get(f"/tickets/{ticket}/proof", key="ann")
    hidden = [event for event in proof["sources"][0]["events"] if "withheld" in event]
    assert [sorted(event) for event in hidden] == [["hash", "prev_hash", "sequence", "withheld"]]
    code, said = standalone.checked(proof)
    assert (code, "5 events, 1 withheld" in said) == (0, True), said
    assert (await intake.call("GET", f"/tickets/{ticket}/proof", key="bob")).status_code == 404


async def test_rows_of_before_the_bytes_were_kept_are_proven_as_well(
    intake: Intake, tmp_path: Path
) -> None:
    ticket = (await proven(intake, tmp_path))["ticket"]
    await intake.runtime.pool.execute("UPDATE history_v1 SET body = NULL")
    assert standalone.checked(await intake.get(f"/tickets/{ticket}/proof"))[0] == 0


async def test_a_proof_holds_after_its_person_was_erased(intake: Intake, tmp_path: Path) -> None:
    proof = await proven(intake, tmp_path)
    ticket = proof["ticket"]
    await intake.act(ticket, "resolution", {"text": "done"})
    closed = await intake.act(ticket, "closure", {})
    answer = await intake.call("DELETE", f"/requesters/{closed['requester']}", key="admin")
    assert answer.status_code == 202, answer.text
    after = await intake.get(f"/tickets/{ticket}/proof")
    assert after["sources"][0]["events"][:5] == proof["sources"][0]["events"]
    assert standalone.checked(after, str(tmp_path))[0] == 0
