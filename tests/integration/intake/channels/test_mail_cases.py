"""The shared letters, all in one run, by SMTP, IMAP and the worker process to their outcomes.

What SMTP itself makes of a letter (line ends, a missing last one) is part of the way.
"""

import asyncio
import json
import resource
import time
from typing import Any

import aiosmtplib
import pytest

from intake.channels.mail.classify import Ourselves
from intake.channels.mail.imap import MailboxAddress
from intake.channels.mailbox import MailboxReader
from reglament.ids import new_id
from tests.integration.intake.channels.mail.postoffice import KEY, POLICY, post_office
from tests.support.material import material
from tests.support.stack import Databases, Mail

pytestmark = pytest.mark.integration
CASES = material("cases", "mail")
# Many of the letters have one sender: no limit but the letter's own nature silences an answer.
DESK = {**POLICY, "request": {}, "notifications": {"limit_unproven": []}}
US = Ourselves(
    addresses=frozenset({"support@acme.example"}),
    servers=frozenset({"mx.acme.example"}),
    secret=KEY,
)
REGISTERED = {"ticket", "returned", "message", "duplicate"}
OUTCOMES = {"auto-reply": {"automatic"}, "bounce": {"report"}, "quarantine": {"quarantined"}}


async def deliver(mail: Mail, to: str, cases: list[dict[str, Any]]) -> None:
    host, _, port = mail.smtp.rpartition(":")
    async with aiosmtplib.SMTP(hostname=host, port=int(port)) as client:
        for case in cases:
            raw = (CASES / case["file"]).read_bytes()
            await client.sendmail("ann@x.example", [to], raw)


def is_expected(case: dict[str, Any], letter: Any, data: dict[str, Any]) -> bool:
    if letter["outcome"] not in OUTCOMES.get(case["expectation"], REGISTERED):
        return False
    return letter["outcome"] not in REGISTERED or data.get("unanswered", False) == case["no_ack"]


async def test_every_letter_ends_as_its_manifest_says(greenmail: Mail, postgres: Databases) -> None:
    cases: list[dict[str, Any]] = json.loads((CASES / "manifest.json").read_text())
    box = MailboxAddress(desk="any", address=f"{new_id()}@acme.example", password="")
    seconds: list[float] = []
    wrong: list[str] = []
    async with post_office(await postgres(), DESK, US) as office:
        reader = MailboxReader(greenmail.imap, box, office.post.letters, "test", lambda: None)
        await deliver(greenmail, box.address, cases)
        while await reader.turn():
            pass
        await reader.close()
        for case in cases:
            began = time.perf_counter()
            assert await office.work.one(), case["file"]
            seconds.append(time.perf_counter() - began)
        rows = await office.pool.fetch("SELECT *, ticket::text FROM letters ORDER BY uid")
        for case, row in zip(cases, rows, strict=True):
            data = await office.data(row["ticket"]) if row["ticket"] else {}
            if not is_expected(case, row, data):
                wrong.append(f"{case['file']}: {row['outcome']} by {row['rule']}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    seconds.sort()
    print(f"median {seconds[len(seconds) // 2]:.3f} s, worst {seconds[-1]:.3f} s, {peak} MB")  # noqa: T201
    assert "\n".join(wrong) == ""
    assert seconds[len(seconds) // 2] < 0.2
    assert seconds[-1] < 10


async def test_the_reader_of_a_dead_mailbox_ends_when_told(
    greenmail: Mail, postgres: Databases
) -> None:
    box = MailboxAddress(desk="any", address=f"{new_id()}@acme.example", password="")
    async with post_office(await postgres()) as office:
        reader = MailboxReader(greenmail.imap, box, office.post.letters, "test", lambda: None)
        stopping = asyncio.Event()
        task = asyncio.create_task(reader.run(stopping))
        await asyncio.sleep(0)
        stopping.set()
        await asyncio.wait_for(task, 10)
