"""Letters over SMTP into a real IMAP mailbox, read by the real reader into real PostgreSQL."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiosmtplib
import asyncpg
import pytest

from intake.channels.mail.imap import ImapSession, MailboxAddress
from intake.channels.mailbox import POLL_SECONDS, MailboxReader
from intake.letters.store import LetterStore
from reglament import failpoints
from reglament.clock import now
from reglament.database import migrate
from reglament.ids import new_id
from tests.support.eventually import eventually
from tests.support.stack import Databases, Mail
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration
MIGRATIONS = (
    "reglament.eventstore.migrations",
    "reglament.messaging.migrations",
    "intake.migrations",
)


@pytest.fixture
async def pool(postgres: Databases) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(await postgres(), min_size=1, max_size=4) as pool:
        await migrate(pool, MIGRATIONS)
        yield pool


@pytest.fixture
def mailbox() -> MailboxAddress:
    return MailboxAddress(desk="any", address=f"desk-{new_id()}@desk.example", password="")


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


async def send(mail: Mail, to: MailboxAddress, count: int = 1) -> None:
    host, _, port = mail.smtp.rpartition(":")
    client = aiosmtplib.SMTP(hostname=host, port=int(port))
    async with client:
        for n in range(count):
            raw = raw_letter(headers={"Message-ID": f"<{n}-{new_id()}@customer.example>"})
            await client.sendmail("ann@customer.example", [to.address], raw)


def reader(
    mail: Mail, to: MailboxAddress, pool: asyncpg.Pool, holder: str = "one"
) -> MailboxReader:
    return MailboxReader(mail.imap, to, LetterStore(pool), holder, lambda: None)


async def turn(mail: Mail, to: MailboxAddress, pool: asyncpg.Pool, holder: str = "one") -> int:
    one = reader(mail, to, pool, holder)
    try:
        return await one.turn()
    finally:
        await one.close()


async def stored(pool: asyncpg.Pool, mailbox: MailboxAddress) -> int:
    found = await pool.fetchval("SELECT count(*) FROM letters WHERE mailbox = $1", mailbox.address)
    return int(found)


async def unseen(mail: Mail, mailbox: MailboxAddress) -> list[int]:
    session = await asyncio.to_thread(ImapSession, mail.imap, mailbox)
    session.select()
    try:
        return session.new_uids(0)
    finally:
        session.close()


async def test_a_letter_is_stored_whole_and_then_acknowledged(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    await send(greenmail, mailbox)
    await turn(greenmail, mailbox, pool)
    letter = await LetterStore(pool).claim()
    assert letter is not None
    assert b"The printer is on fire." in letter.raw
    assert await unseen(greenmail, mailbox) == []


async def test_a_running_reader_takes_letters_as_they_come(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    task = asyncio.create_task(reader(greenmail, mailbox, pool).run(asyncio.Event()))
    try:
        for expected in (3, 6):
            await send(greenmail, mailbox, 3)

            async def all_there(expected: int = expected) -> bool:
                return await stored(pool, mailbox) == expected

            await eventually(all_there)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_readers_that_wait_for_letters_hold_up_nothing_else(
    greenmail: Mail, pool: asyncpg.Pool
) -> None:
    boxes = [  # more than the threads that all of a process shares
        MailboxAddress(desk="any", address=f"desk-{new_id()}@desk.example", password="")
        for _ in range(36)
    ]
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(reader(greenmail, box, pool).run(stopping)) for box in boxes]
    try:

        async def all_read() -> bool:
            polled = "SELECT count(*) FROM mailboxes WHERE polled_at IS NOT NULL"
            return bool(await pool.fetchval(polled) == len(boxes))

        await eventually(all_read)
        waits = [await _wait_for_threads() for _ in range(10)]
        assert statistics.median(waits) < POLL_SECONDS / 4, waits
    finally:
        stopping.set()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_for_threads() -> float:
    """How long it takes until as many get one as there may be; sampled over the readers' turns."""
    await asyncio.sleep(POLL_SECONDS / 5)
    began = time.monotonic()
    await asyncio.gather(*(asyncio.to_thread(int) for _ in range(40)))
    return time.monotonic() - began


@pytest.mark.parametrize("point", ["mail.after_fetch", "mail.after_store", "mail.after_seen"])
@pytest.mark.usefixtures("disarmed")
async def test_a_death_at_any_step_loses_nothing_and_doubles_nothing(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress, point: str
) -> None:
    await send(greenmail, mailbox, 3)
    failpoints.arm(f"{point}:raise")
    with pytest.raises(failpoints.Failed):
        await turn(greenmail, mailbox, pool)
    await turn(greenmail, mailbox, pool)
    assert await stored(pool, mailbox) == 3
    await turn(greenmail, mailbox, pool)
    assert await stored(pool, mailbox) == 3
    assert await unseen(greenmail, mailbox) == []


async def test_a_letter_that_somebody_else_opened_is_still_read(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    await send(greenmail, mailbox)
    await turn(greenmail, mailbox, pool)
    await send(greenmail, mailbox)
    session = await asyncio.to_thread(ImapSession, greenmail.imap, mailbox)
    session.select()
    session.mark_seen(session.new_uids(0))
    session.close()
    await turn(greenmail, mailbox, pool)
    assert await stored(pool, mailbox) == 2


async def test_a_renumbered_mailbox_doubles_nothing(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    await send(greenmail, mailbox, 2)
    await turn(greenmail, mailbox, pool)
    await pool.execute("UPDATE mailboxes SET uidvalidity = 1, read_up_to = 900")
    await pool.execute("UPDATE letters SET uidvalidity = 1, uid = uid + 900")
    session = await asyncio.to_thread(ImapSession, greenmail.imap, mailbox)
    session.select()
    session._box.client.uid("STORE", "1:*", "-FLAGS", r"(\Seen)")
    session.close()
    await send(greenmail, mailbox, 1)
    await turn(greenmail, mailbox, pool)
    assert await stored(pool, mailbox) == 3


async def test_one_reader_at_a_time_and_the_slower_stores_nothing(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    store = LetterStore(pool)
    first = await store.lease(mailbox.address, "one", 30)
    assert first is not None
    assert await turn(greenmail, mailbox, pool, "two") == 0
    await store.unlease(mailbox.address, "one")
    await send(greenmail, mailbox)
    assert await turn(greenmail, mailbox, pool, "two") == 1
    session = await asyncio.to_thread(ImapSession, greenmail.imap, mailbox)
    letter = session.fetch(session.select(), [1])
    session.close()
    assert letter
    assert not await store.store(first, "any", letter)


async def test_an_unreachable_server_is_noted_and_tried_again(
    pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    task = asyncio.create_task(
        MailboxReader("127.0.0.1:9", mailbox, LetterStore(pool), "one", lambda: None).run(
            asyncio.Event()
        )
    )
    try:

        async def noted() -> bool:
            return await pool.fetchval("SELECT failure FROM mailboxes") is not None

        await eventually(noted)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def copy(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, cuts: list[bytes]
) -> None:
    """Bytes through, until one of `cuts` is seen: that is cut in its midst, once."""
    while data := await source.read(65536):
        at = data.find(cuts[0]) if cuts else -1
        target.write(data if at < 0 else data[: at + 40])
        await target.drain()
        if at >= 0:
            cuts.pop()
            return


@asynccontextmanager
async def cut_in_mid_letter(server: str, times: int) -> AsyncIterator[str]:
    """host:port before the server, where a connection breaks within a letter's bytes."""
    host, _, port = server.rpartition(":")
    cuts = [b"BODY[] {"] * times

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(host, int(port))
        ways = [
            asyncio.ensure_future(copy(reader, outer, [])),
            asyncio.ensure_future(copy(inner, writer, cuts)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        writer.transport.abort()
        outer.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)

    proxy = await asyncio.start_server(through, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    finally:
        proxy.close()


async def test_a_connection_that_breaks_within_a_letter_loses_and_doubles_nothing(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    await send(greenmail, mailbox, 5)
    async with cut_in_mid_letter(greenmail.imap, 1) as server:
        stopping = asyncio.Event()
        one = MailboxReader(server, mailbox, LetterStore(pool), "one", lambda: None)
        task = asyncio.create_task(one.run(stopping))

        async def all_there() -> bool:
            return await stored(pool, mailbox) == 5

        try:
            await eventually(all_there, 30)
        finally:
            stopping.set()
            await task
    assert await unseen(greenmail, mailbox) == []


async def test_what_is_stored_long_enough_leaves_the_mailbox_and_nothing_else_does(
    greenmail: Mail, pool: asyncpg.Pool, mailbox: MailboxAddress
) -> None:
    await send(greenmail, mailbox, 2)
    await turn(greenmail, mailbox, pool)
    await pool.execute("DELETE FROM letters WHERE uid = (SELECT max(uid) FROM letters)")
    one = MailboxReader(
        greenmail.imap, mailbox, LetterStore(pool), "one", lambda: None, timedelta(days=-2)
    )
    await one.turn()
    await one.tidy()
    await one.close()
    session = await asyncio.to_thread(ImapSession, greenmail.imap, mailbox)
    session.select()
    left = session.seen_before(now().date() + timedelta(days=2))
    session.close()
    assert len(left) == 1
    assert await stored(pool, mailbox) == 1
