"""Letters handed over at our own door by LMTP and SMTP, as a site's mail server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
import pytest

from intake.channels.door import Counter, Protocol, open_door
from intake.channels.mail.imap import MailboxAddress
from intake.letters import register as letters
from reglament import failpoints
from reglament.clock import now
from reglament.mail.message_ids import reply_address
from tests.integration.intake.channels.mail.postoffice import (
    ASKED,
    KEY,
    MAILBOX,
    OURSELVES,
    POLICY,
    PostOffice,
    post_office,
)
from tests.support.material import material
from tests.support.stack import Databases
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration
CLIENT = "ann@customer.example"


@dataclass(slots=True, kw_only=True)
class Door:
    """An open door, and the office behind it."""

    office: PostOffice
    host: str
    port: int

    async def says(self, *lines: str | bytes) -> list[str]:
        """What the door answers to each line, said one after the other."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        answers = [(await reader.readline()).decode().strip()]
        for line in lines:
            writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
            answer = await asyncio.wait_for(reader.readline(), 30)
            while answer[3:4] == b"-":
                answer = await reader.readline()
            answers.append(answer.decode().strip())
        writer.close()
        await writer.wait_closed()
        return answers[1:]

    async def deliver(self, raw: bytes, sender: str = CLIENT, to: str = MAILBOX) -> None:
        async with aiosmtplib.SMTP(hostname=self.host, port=self.port) as client:
            await client.sendmail(sender, [to], raw)

    async def fate(self) -> letters.LetterRow:
        await self.office.settle()
        return (await letters.find(self.office.pool, letters.Search()))[0]

    async def stored(self) -> int:
        return int(await self.office.pool.fetchval("SELECT count(*) FROM letters"))


@asynccontextmanager
async def opened(office: PostOffice, protocol: Protocol) -> AsyncIterator[Door]:
    counter = Counter(
        pool=office.pool,
        desks=lambda: [
            MailboxAddress(desk="any", address=MAILBOX, password=""),
            MailboxAddress(desk="any", address="second@desk.example", password=""),
        ],
        secret=KEY,
        now=now,
        woken=office.work.wake,
    )
    server = await open_door(counter, protocol, "127.0.0.1:0")
    host, port = server.sockets[0].getsockname()
    try:
        yield Door(office=office, host=host, port=port)
    finally:
        server.close()


@pytest.fixture
async def office(postgres: Databases) -> AsyncIterator[PostOffice]:
    async with post_office(await postgres(), POLICY, OURSELVES) as office:
        yield office
    failpoints.arm("")


@pytest.fixture
async def smtp(office: PostOffice) -> AsyncIterator[Door]:
    async with opened(office, "smtp") as door:
        yield door


@pytest.fixture
async def lmtp(office: PostOffice) -> AsyncIterator[Door]:
    async with opened(office, "lmtp") as door:
        yield door


async def test_a_letter_handed_over_goes_the_way_of_one_that_was_fetched(smtp: Door) -> None:
    await smtp.deliver(raw_letter(ASKED))
    letter = await smtp.fate()
    assert (letter.outcome, letter.rule, letter.desk) == ("ticket", "request", "any")


async def test_only_desks_and_their_signed_addresses_are_known(smtp: Door) -> None:
    ticket = "01a20585-245f-7cc3-b590-e3301313658a"
    signed = reply_address(KEY, ticket=ticket, mailbox=MAILBOX)
    guessed = f"{signed.partition('@')[0][:-4]}aaaa@desk.example"
    answers = await smtp.says(
        "EHLO client.example",
        f"MAIL FROM:<{CLIENT}>",
        f"RCPT TO:<{MAILBOX.upper()}>",
        f"RCPT TO:<{signed}>",
        f"RCPT TO:<{guessed}>",
        "RCPT TO:<stranger@desk.example>",
        "RCPT TO:<victim@elsewhere.example>",
    )
    assert [answer[:3] for answer in answers[2:]] == ["250", "250", "550", "550", "550"]


async def test_a_letter_to_the_signed_address_joins_its_ticket(smtp: Door) -> None:
    await smtp.deliver(raw_letter(ASKED))
    first = await smtp.fate()
    address = reply_address(KEY, ticket=first.ticket or "", mailbox=MAILBOX)
    await smtp.deliver(raw_letter("More", {"Message-ID": "<more@x>"}), to=address)
    letter = await smtp.fate()
    assert (letter.outcome, letter.rule, letter.ticket) == (
        "message",
        "reply-address",
        first.ticket,
    )


async def test_lmtp_answers_for_each_recipient(lmtp: Door) -> None:
    reader, writer = await asyncio.open_connection(lmtp.host, lmtp.port)

    async def answer() -> bytes:
        line = await asyncio.wait_for(reader.readline(), 10)
        while line[3:4] == b"-":
            line = await reader.readline()
        return line[:3]

    assert await answer() == b"220"
    for line, expected in (
        (b"LHLO mx.desk.example", b"250"),
        (b"MAIL FROM:<>", b"250"),
        (f"RCPT TO:<{MAILBOX}>".encode(), b"250"),
        (b"RCPT TO:<nobody@desk.example>", b"550"),
        (b"RCPT TO:<second@desk.example>", b"250"),
        (b"DATA", b"354"),
    ):
        writer.write(line + b"\r\n")
        assert await answer() == expected, line
    writer.write(raw_letter(ASKED) + b"\r\n.\r\n")
    assert [await answer(), await answer()] == [b"250", b"250"]
    writer.write(b"QUIT\r\n")
    assert await answer() == b"221"
    writer.close()
    await writer.wait_closed()
    assert await lmtp.stored() == 2
    letter = await lmtp.fate()
    assert (letter.outcome, letter.rule) == ("automatic", "null-return-path")


async def test_what_follows_a_bare_line_feed_is_the_same_letter(smtp: Door) -> None:
    raw = (material("cases", "mail") / "smtp-smuggling.eml").read_bytes()
    smuggled = raw_letter(ASKED) + b"\n.\nMAIL FROM:<a@x.example>\nRCPT TO:<%s>\nDATA\n" % (
        MAILBOX.encode()
    )
    for each in (raw, smuggled, smuggled.replace(b"\n.\n", b"\n.\r\n")):
        before = await smtp.stored()
        answers = await smtp.says(
            "EHLO client.example",
            f"MAIL FROM:<{CLIENT}>",
            f"RCPT TO:<{MAILBOX}>",
            "DATA",
            each + b"\r\n.",
            "NOOP",
        )
        assert [answer[:3] for answer in answers[3:]] == ["354", "250", "250"]
        assert await smtp.stored() == before + 1


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_nothing_is_taken_that_cannot_be_kept(office: PostOffice, protocol: Protocol) -> None:
    await office.pool.execute("ALTER TABLE letters RENAME TO elsewhere")
    hello = "LHLO" if protocol == "lmtp" else "EHLO"
    async with opened(office, protocol) as door:
        said = await door.says(
            f"{hello} client.example",
            f"MAIL FROM:<{CLIENT}>",
            f"RCPT TO:<{MAILBOX}>",
            "DATA",
            raw_letter(ASKED) + b"\r\n.",
        )
    assert said[-1].startswith("451 4.3.0")


async def test_a_letter_whose_answer_was_lost_is_handed_over_again_and_is_one(smtp: Door) -> None:
    failpoints.arm("mail.after_take_in:raise")
    raw = raw_letter(ASKED, {"Message-ID": "<once@x>"})
    with pytest.raises(aiosmtplib.SMTPDataError):
        await smtp.deliver(raw)
    await smtp.deliver(raw)
    await smtp.office.settle()
    rows = await letters.find(smtp.office.pool, letters.Search())
    assert sorted(str(row.outcome) for row in rows) == ["duplicate", "ticket"]


async def test_a_letter_above_the_limit_is_refused_by_its_announced_size(smtp: Door) -> None:
    said = await smtp.says("EHLO client.example", f"MAIL FROM:<{CLIENT}> SIZE=99000000")
    assert said[-1].startswith("552")


async def test_a_line_longer_than_the_rfc_is_a_letter_all_the_same(smtp: Door) -> None:
    await smtp.deliver(raw_letter(f"{ASKED}\r\n{'long ' * 20_000}"))
    assert (await smtp.fate()).outcome == "ticket"


async def test_what_nobody_vouches_for_proves_no_sender(office: PostOffice) -> None:
    forged = {"Authentication-Results": "mx.desk.example; dmarc=fail"}
    office.us = type(OURSELVES)(
        addresses=OURSELVES.addresses, servers=frozenset({"mx.desk.example"}), secret=KEY
    )
    for protocol, outcome in (("smtp", "ticket"), ("lmtp", "quarantined")):
        async with opened(office, protocol) as door:  # type: ignore[arg-type]
            hello = "LHLO" if protocol == "lmtp" else "EHLO"
            await door.says(
                f"{hello} x.example",
                f"MAIL FROM:<{CLIENT}>",
                f"RCPT TO:<{MAILBOX}>",
                "DATA",
                raw_letter(f"{ASKED} {protocol}", {**forged, "Message-ID": f"<{protocol}@x>"})
                + b"\r\n.",
            )
            assert (await door.fate()).outcome == outcome
