"""`python -m reglament_local.proofs.letters CASES`: letters of a folder with a manifest, wounded
ones, and a burst under kills, by SMTP, IMAP and intake's process to their outcomes (semantics 22).

Exit code 0: each letter has one outcome, the manifest's where there is one; nothing fetched.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from reglament_local.console import say
from reglament_local.proofs.post import SENDER, PostOffice, post_office

REGISTERED = ("ticket", "returned", "message", "duplicate")
OUTCOMES = {"auto-reply": ("automatic",), "bounce": ("report",), "quarantine": ("quarantined",)}
# The mail server takes no null path, as some: by our own door it is seen.
NULL_PATHS = ("null-sender.eml",)
_URL = re.compile(rb"https?://[A-Za-z0-9.-]+(?::\d+)?")
_MEMORY = re.compile(r"VmHWM:\s+(\d+) kB")
_FATES = """
SELECT l.outcome, l.rule, extract(epoch FROM decided_at - stored_at)::float8 AS seconds,
    (SELECT convert_from(e.data, 'utf8') FROM events e WHERE e.subject = l.ticket::text
     AND e.version = 1) AS opened
FROM letters l ORDER BY l.id"""


@dataclass(slots=True, kw_only=True)
class Canary:
    """A server on loopback that nobody has a reason to call."""

    port: int = 0
    heard: int = 0
    server: Any = field(default=None, repr=False)

    async def listen(self) -> None:
        """From now on."""
        self.server = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _hear(self, _reader: Any, writer: asyncio.StreamWriter) -> None:
        self.heard += 1
        writer.close()


def tree_memory(pid: int) -> int:
    """Peak megabytes of the largest process of intake and its worker."""
    found = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in text or status.parent.name == str(pid):
            found += [int(kb) // 1024 for kb in _MEMORY.findall(text)]
    return max(found)


def misjudged(case: dict[str, Any], fate: Any) -> str | None:
    """What is other than the manifest says."""
    outcome = fate["outcome"]
    if outcome not in OUTCOMES.get(case["expectation"], REGISTERED):
        return f"{case['file']}: {outcome} by {fate['rule']}, not {case['expectation']}"
    if outcome in ("ticket", "returned") and fate["opened"] is not None:
        unanswered = json.loads(fate["opened"]).get("unanswered", False)
        if unanswered != case["no_ack"]:
            return f"{case['file']}: unanswered is {unanswered}"
    return None


async def corpus(office: PostOffice, cases: Path) -> list[str]:
    """Every letter as it is, then each with its links led to a canary; what went wrong."""
    manifest = json.loads((cases / "manifest.json").read_text())
    letters = [(cases / case["file"]).read_bytes() for case in manifest]
    canary = Canary()
    await canary.listen()
    wrong: list[str] = []
    async with office.open() as intake:
        await office.publish()
        for number, (case, raw) in enumerate(zip(manifest, letters, strict=True), start=1):
            if case["file"] in NULL_PATHS:
                await _by_null_path(office, raw)
            else:
                await office.deliver([raw])
            await office.settled(number)
        fates = await office.database.fetch(_FATES)
        wrong = [
            each
            for case, fate in zip(manifest, fates, strict=True)
            if (each := misjudged(case, fate))
        ]
        lured = [_URL.sub(b"http://127.0.0.1:%d" % canary.port, raw) for raw in letters]
        await office.deliver(lured)
        await office.settled(2 * len(letters))
        memory = tree_memory(intake.pid)
    seconds = sorted(fate["seconds"] for fate in fates)
    say(
        f"{len(letters)} letters: {dict(Counter(fate['outcome'] for fate in fates))}; "
        f"stored to decided: median {seconds[len(seconds) // 2]:.3f} s, worst {seconds[-1]:.3f} s; "
        f"{memory} MB; canary heard {canary.heard}; {len(wrong)} other than their manifest"
    )
    return [*wrong, *(["the canary was called"] if canary.heard else [])]


async def _by_null_path(office: PostOffice, raw: bytes) -> None:
    host, _, port = office.lmtp.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for line in (b"LHLO mx", b"MAIL FROM:<>", b"RCPT TO:<support@acme.example>", b"DATA"):
        writer.write(line + b"\r\n")
    writer.write(raw.rstrip(b"\r\n") + b"\r\n.\r\nQUIT\r\n")
    await reader.read()
    writer.close()


def wounded(rng: random.Random, letters: Sequence[bytes]) -> bytes:
    """A letter with a few wounds: bytes changed, cut out, put in, or taken from another."""
    raw = bytearray(rng.choice(letters))
    for _ in range(rng.randint(1, 10)):
        at, other = rng.randrange(len(raw) + 1), rng.choice(letters)
        start = rng.randrange(len(other) + 1)
        wounds = (b"", rng.randbytes(20), raw[start : start + 300], other[start : start + 500])
        raw[at : at + rng.choice((0, 1, 100))] = rng.choice(wounds)
    return bytes(raw)


def all_of(cases: Path) -> list[bytes]:
    """Every letter of the folder."""
    return [path.read_bytes() for path in sorted(cases.glob("*.eml"))]


async def started() -> asyncio.subprocess.Process:
    """intake's worker process: frames of 4 bytes of length and a letter, in and out."""
    command = (sys.executable, "-m", "intake.channels.mail.worker")
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)


async def read(worker: asyncio.subprocess.Process, raw: bytes) -> str | None:
    """Why it cannot be read. Raises TimeoutError, IncompleteReadError where the worker dies."""
    if worker.stdin is None or worker.stdout is None:
        raise OSError("the worker has no pipes")
    worker.stdin.write(len(raw).to_bytes(4) + raw)
    await worker.stdin.drain()
    async with asyncio.timeout(10):
        length = int.from_bytes(await worker.stdout.readexactly(4))
        answer = msgspec.msgpack.decode(await worker.stdout.readexactly(length))
    unreadable: str | None = answer.get("unreadable")
    return unreadable


async def mutated(office: PostOffice, cases: Path, count: int, whole: int) -> list[str]:
    """`count` wounded letters through the worker process, `whole` of them all the way."""
    rng = random.Random(1)  # noqa: S311 - a repeatable vandal
    letters = all_of(cases)
    worker, seconds, rules = await started(), [], Counter[str]()
    for _ in range(count):
        raw, began = wounded(rng, letters), time.perf_counter()
        unreadable = await read(worker, raw)
        seconds.append(time.perf_counter() - began)
        rules[unreadable or "read"] += 1
    memory = tree_memory(worker.pid)
    worker.kill()
    await worker.wait()
    seconds.sort()
    say(
        f"{count} wounded letters through the worker: median {seconds[count // 2]:.4f} s, "
        f"worst {seconds[-1]:.3f} s; {memory} MB; {dict(rules)}"
    )
    before = await office.count("true")
    async with office.open():
        await office.publish()
        sample = [wounded(rng, letters) for _ in range(whole)]
        await office.deliver([raw if raw.strip() else b"\r\n" for raw in sample])
        await office.settled(before + whole)
    fates = await office.database.fetch(f"{_FATES} OFFSET {before}")
    say(f"{whole} of them all the way: {dict(Counter(fate['outcome'] for fate in fates))}")
    bad = [rule for rule in rules if "parser-" in rule]
    failed = [fate["rule"] for fate in fates if str(fate["rule"]).startswith("failed-")]
    return [*bad, *failed, *([] if len(fates) == whole else [f"{len(fates)} of {whole}"])]


async def burst(office: PostOffice, count: int, kills: int) -> list[str]:
    """Letters delivered at once, intake killed again and again: each has one outcome."""
    raws = [
        f"From: a{n}@burst.example\r\nTo: support@acme.example\r\nSubject: Number {n}\r\n"
        f"Message-ID: <{n}@burst.example>\r\n\r\nLetter {n} of a burst.\r\n".encode()
        for n in range(count)
    ]
    before, began = await office.count("true"), time.perf_counter()
    sending = asyncio.create_task(office.deliver(raws))
    for kill in range(kills):
        async with office.open():
            await office.publish()
            await office.settled(before + (kill + 1) * count // (kills + 2))
    async with office.open():
        await sending
        await office.settled(before + count)
    seconds = time.perf_counter() - began
    row = await office.database.fetchrow(
        "SELECT count(*) AS letters, count(DISTINCT message_id) AS different,"
        " count(*) FILTER (WHERE outcome = 'ticket') AS tickets,"
        " count(DISTINCT ticket) AS own FROM letters WHERE message_id LIKE '%@burst.example>'"
    )
    opened = await office.database.fetchval(
        "SELECT count(*) FROM events e JOIN letters l ON l.ticket::text = e.subject"
        " WHERE e.type = 'TicketOpened' AND l.message_id LIKE '%@burst.example>'"
    )
    say(f"burst of {count}, {kills} kills: {dict(row)}, {opened} opened; {seconds:.1f} s in all")
    return [] if {*row.values(), opened} == {count} else ["the burst: not one outcome a letter"]


async def run(options: argparse.Namespace) -> list[str]:
    """All three; what went wrong."""
    async with post_office() as office:
        wrong = await corpus(office, options.cases)
        wrong += await mutated(office, options.cases, options.mutated, options.whole)
        return wrong + await burst(office, options.burst, options.kills)


def main() -> None:
    """Exit code 1, and what went wrong, where anything did."""
    parser = argparse.ArgumentParser(prog="letters")
    parser.add_argument("cases", type=Path, help=f"folder of .eml and manifest.json; from {SENDER}")
    for name, default in (("mutated", 10_000), ("whole", 300), ("burst", 1000), ("kills", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wrong = asyncio.run(run(parser.parse_args()))
    for each in wrong:
        say(f"wrong: {each}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
