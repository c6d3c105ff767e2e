"""The mail server's moods: what ends a letter, what puts it off, what delays nobody else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from notifier.timers.letters import AT_ONCE, PER_DESTINATION
from notifier.transports.smtp import Smtp, SmtpServer, Undelivered
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, opened
from tests.support.eventually import eventually

LETTER = b"Subject: x\r\n\r\nx\r\n"


class Mood:
    """Answers of one server, by command; DROP hangs up."""

    DROP = "drop"

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[bytes] = []
        self.connections = 0
        self.speaking: set[asyncio.Task[None]] = set()

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        task = asyncio.current_task()
        self.speaking |= {task} if task else set()
        writer.write(f"{self.answers.get('greeting', '220 mx')}\r\n".encode())
        while line := await reader.readline():
            word = line.split()[0].decode().lower()
            if word == "data" and "data" not in self.answers:
                writer.write(b"354 go\r\n")
                self.taken.append(await reader.readuntil(b"\r\n.\r\n"))
                word = "end"
            answer = self.answers.get(word, "250 ok")
            if answer == self.DROP:
                break
            writer.write(f"{answer}\r\n".encode())
        writer.close()


@asynccontextmanager
async def serving(mood: Mood, seconds: float = 2) -> AsyncIterator[Smtp]:
    server = await asyncio.start_server(mood.speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    smtp = Smtp(SmtpServer(host="127.0.0.1", port=port, seconds=seconds))
    yield smtp
    await smtp.close()
    server.close()
    await asyncio.gather(*mood.speaking)


@pytest.mark.parametrize(
    ("answers", "because", "final"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, "smtp-550", True),
        ({"rcpt": "450 4.2.0 greylisted"}, "smtp-450", False),
        ({"end": "554 5.7.1 spam"}, "smtp-554", True),
        ({"end": "451 4.3.0 later"}, "smtp-451", False),
        ({"end": Mood.DROP}, "smtp-unreachable", False),
        ({"data": "421 4.3.2 going down"}, "smtp-421", False),
        ({"mail": "553 5.7.1 not your address"}, "smtp-sender-553", False),
        ({"greeting": "554 no service for you"}, "smtp-connect-554", False),
    ],
)
async def test_only_what_is_said_of_the_letter_ends_it(
    answers: dict[str, str], because: str, final: bool
) -> None:
    async with serving(Mood(**answers)) as smtp:
        with pytest.raises(Undelivered) as caught:
            await smtp.send(LETTER, "a@north.example", "b@client.example")
    assert (caught.value.because, caught.value.final) == (because, final)


async def test_a_refused_recipient_leaves_the_connection_for_the_next_letter() -> None:
    mood = Mood()
    async with serving(mood) as smtp:
        for _ in range(3):
            await smtp.send(LETTER, "a@north.example", "b@client.example")
        mood.answers["rcpt"] = "550 no"
        with pytest.raises(Undelivered):
            await smtp.send(LETTER, "a@north.example", "b@client.example")
        del mood.answers["rcpt"]
        await smtp.send(LETTER, "a@north.example", "b@client.example")
    assert (len(mood.taken), mood.connections) == (4, 1)


async def test_a_server_that_says_nothing_is_not_waited_for_long() -> None:
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    smtp = Smtp(SmtpServer(host="127.0.0.1", port=port, seconds=0.2))
    with pytest.raises(Undelivered, match="smtp-unreachable"):
        await smtp.send(LETTER, "a@north.example", "b@client.example")
    await gone.wait()
    server.close()


class Tarpit:
    """Takes letters to one domain when it is let to, all others at once."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.held = 0
        self.taken: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """aiosmtpd's hook."""
        if address.endswith("@slow.example"):
            self.held += 1
            await self.open.wait()
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's hook."""
        self.taken += envelope.rcpt_tos
        return "250 ok"


@pytest.mark.integration
async def test_a_slow_destination_delays_nobody_elses_letters(process: Process) -> None:
    pit, loop = Tarpit(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(pit, loop=loop), "127.0.0.1", 0)
    process.sender.smtp.server = SmtpServer(
        host="127.0.0.1", port=server.sockets[0].getsockname()[1], seconds=30
    )
    await process.content(subject="x")
    slow = [f"slow-{index}" for index in range(2 * AT_ONCE)]
    for requester in slow:
        await process.contact(requester, email=f"{requester}@slow.example")
        await process.feed(opened(new_id(), requester=requester))
    await process.contact("quick")
    await process.feed(opened(new_id(), requester="quick"))
    stopping = asyncio.Event()
    running = asyncio.create_task(process.sender.run(stopping))
    await eventually(_that(lambda: pit.taken == ["quick@client.example"]))
    assert pit.held <= PER_DESTINATION
    pit.open.set()
    stopping.set()
    await running
    server.close()


def _that(holds: Callable[[], bool]) -> Callable[[], Any]:
    async def check() -> bool:
        return holds()

    return check


@pytest.mark.integration
async def test_one_persons_letters_keep_their_order(process: Process) -> None:
    await process.contact()
    await process.content(subject="x")
    tickets = [new_id() for _ in range(2)]
    for ticket in tickets:
        await process.feed(opened(ticket))
    assert await process.sender.turn() == 2
    assert [letter["Message-ID"].split(".")[0][1:] for letter in process.mail.taken] == tickets
