"""A line that hangs, drips or resets: every wait has a bound, then it goes on (b2 11)."""

import asyncio
import time
from ipaddress import ip_network

import pytest

from intake.channels.mail import imap
from intake.channels.mail.imap import FAULTS, ImapSession, MailboxAddress
from notifier.transports import webhook
from notifier.transports.destinations import Guard
from notifier.transports.smtp import Smtp, SmtpServer, Undelivered
from notifier.transports.webhook import Webhooks
from reglament.ids import new_id
from reglament_local.chaos.proxy import Mode, Proxy
from tests.integration.faults.site import behind, intake_site, published, through
from tests.integration.notifier.conftest import Receiver
from tests.support.crowding import crowding
from tests.support.eventually import eventually
from tests.support.stack import Databases, Mail

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
MODES = [Mode.DROP, Mode.DEAF, Mode.HALF_OPEN, Mode.RESET]
LONGEST_ANSWER_SECONDS = 40.0
LOOPBACK = ip_network("127.0.0.0/8")
LETTER = b"Subject: x\r\n\r\nx\r\n"


def host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


async def asked_while(mode: Mode, dsn: str) -> tuple[int, float]:
    """The status of a request that comes while the line to PostgreSQL is harmed; its seconds."""
    async with behind(dsn) as proxy, intake_site(through(dsn, proxy)) as site:
        caller = await published(site)
        assert (await site.open("before", caller)).status_code == 201
        proxy.turn(mode)
        began = time.monotonic()
        answer = await site.open("during", caller)
        seconds = time.monotonic() - began
        assert (await site.client.get("/readyz")).status_code == 503
        proxy.turn(Mode.PASS)

        async def goes_on() -> bool:
            return (await site.open("during", caller)).status_code == 201

        await eventually(goes_on, 40)
        assert len(await site.subjects()) == 2
        return answer.status_code, seconds


async def test_a_request_is_answered_whatever_the_line_to_the_database_does(
    postgres: Databases,
) -> None:
    dsns = [await postgres() for _ in MODES]
    found = await asyncio.gather(
        *(asked_while(mode, dsn) for mode, dsn in zip(MODES, dsns, strict=True))
    )
    for mode, (status, seconds) in zip(MODES, found, strict=True):
        assert (mode, status) == (mode, 503)
        assert seconds < LONGEST_ANSWER_SECONDS * crowding()


@pytest.mark.parametrize("mode", MODES)
async def test_a_letter_is_given_up_for_now_when_the_line_to_the_mail_server_hangs(
    greenmail: Mail, mode: Mode
) -> None:
    to = f"{new_id()}@client.example"
    async with Proxy(host_and_port(greenmail.smtp)) as proxy:
        smtp = Smtp(SmtpServer(host="127.0.0.1", port=proxy.port, seconds=1))
        await smtp.send(LETTER, "desk@north.example", to)
        proxy.turn(mode)
        began = time.monotonic()
        with pytest.raises(Undelivered) as put_off:
            await smtp.send(LETTER, "desk@north.example", to)
        assert not put_off.value.final
        assert time.monotonic() - began < 6 * crowding()
        proxy.turn(Mode.PASS)
        await smtp.send(LETTER, "desk@north.example", to)
        await smtp.close()


@pytest.mark.parametrize("mode", MODES)
async def test_a_mailbox_that_hangs_is_left_and_read_again(
    greenmail: Mail, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "TIMEOUT_SECONDS", 1.0)
    mailbox = MailboxAddress(desk="any", address=f"{new_id()}@desk.example", password="")
    async with Proxy(host_and_port(greenmail.imap)) as proxy:
        session = await asyncio.to_thread(ImapSession, proxy.address, mailbox)
        await asyncio.to_thread(session.select)
        proxy.turn(mode)
        began = time.monotonic()
        with pytest.raises(FAULTS):
            await asyncio.to_thread(session.select)
        await asyncio.to_thread(session.close)
        assert time.monotonic() - began < 6 * crowding()
        proxy.turn(Mode.PASS)
        session = await asyncio.to_thread(ImapSession, proxy.address, mailbox)
        await asyncio.to_thread(session.select)
        await asyncio.to_thread(session.close)


@pytest.mark.parametrize("mode", MODES)
async def test_a_webhook_is_given_up_for_now_when_its_receiver_hangs(
    mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 1.0)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    webhooks = Webhooks(Guard(allow=(LOOPBACK,), ports=frozenset()))
    async with Proxy(server.sockets[0].getsockname()) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/hook"
        proxy.turn(mode)
        began = time.monotonic()
        assert not (await webhooks.post(url, {}, b"{}")).is_taken
        assert time.monotonic() - began < 3 * crowding()
        proxy.turn(Mode.PASS)
        assert (await webhooks.post(url, {}, b"{}")).is_taken
    await webhooks.close()
    server.close()
