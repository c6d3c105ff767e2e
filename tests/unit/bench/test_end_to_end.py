"""What an end to end is made of: whom a letter was for, what a round waited, what a hop took."""

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest

from bench.driver import Kept
from bench.end_to_end import waited
from bench.end_to_end_hops import summed
from bench.end_to_end_seen import sinking

METRICS = """# HELP batch_seconds One batch.
batch_seconds_count{group="a",error=""} 3.0
batch_seconds_sum{group="a",error=""} 0.5
batch_seconds_bucket{group="a",error="",le="0.1"} 3.0
batch_seconds_count{group="b",error=""} 1.0
batch_seconds_sum{group="b",error=""} 0.25
other_batch_seconds_sum 9.0
"""


async def test_a_letter_is_known_by_its_recipients_domain_once_it_was_handed_over() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "desk@north.example", "ann@00000007.round.client.example"
    letter.set_content("A dot\n.\nand two\n..\n")
    async with sinking() as sink:
        host, _, port = sink.address.partition(":")
        before = asyncio.get_running_loop().time()
        for _ in range(2):
            await aiosmtplib.send(letter, hostname=host, port=int(port), start_tls=False)
        seen = await sink.all_of("round", {7: "a ticket"})
    assert list(sink.letters) == ["00000007.round.client.example"]
    assert before <= seen[7] <= asyncio.get_running_loop().time()


def test_a_wait_begins_when_the_request_was_due() -> None:
    kept = [
        Kept(number=number, due=float(number), answered=number + 0.1, body="")
        for number in range(100)
    ]
    clocks = {one.number: one.due + (2 if one.number == 50 else 0.5) for one in kept}
    letters = {one.number: one.due + 1 for one in kept}
    found = waited(kept, clocks, letters)
    assert found.value == pytest.approx(500)
    assert found.figures["p99_ms"] == pytest.approx(2000)
    assert found.figures["letter_p99_ms"] == pytest.approx(1000)
    assert found.figures["answer_p50_ms"] == pytest.approx(100)
    assert found.figures["kept"] == pytest.approx(100 / 99.5)


def test_a_histogram_is_summed_over_its_labels_and_taken_for_no_other() -> None:
    assert summed(METRICS, "batch_seconds") == (0.75, 4)
