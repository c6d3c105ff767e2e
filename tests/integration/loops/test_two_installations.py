"""Two installations whose desks write to each other fall silent (semantics 21; reliability c4).

Both with intake's mail channel and notifier's sender as they are, each on its own databases; what
stands between them is a relay that may strip every header by which machines know each other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP

from intake.channels.mail.classify import Ourselves
from notifier.app import consumption, create_app, own_addresses
from notifier.letters.rendering import Renderer
from notifier.projections.material import Materials
from notifier.settings import NotifierSettings
from notifier.timers.composing import Composer
from notifier.timers.letters import LetterSender
from notifier.timers.outcomes import Outcomes
from notifier.transports.signing import Signer
from notifier.transports.smtp import Smtp, SmtpServer
from reglament import clock
from reglament.events.administration import PolicyPublished
from reglament.eventstore.reading import ALL, envelope_of
from reglament.policy_book import keep_policy
from reglament.runtime import Runtime
from reglament.testing import AT, SYSTEM
from tests.integration.intake.channels.mail.postoffice import KEY, PostOffice, post_office
from tests.integration.intake.channels.mail.postoffice import POLICY as RULES
from tests.support.stack import Databases
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration
KEPT = {"from", "to", "subject", "mime-version", "content-type", "content-transfer-encoding"}
ROUNDS = 30
Way = Callable[[bytes], bytes]


class Outgoing:
    """What an installation's mail server was given and has not passed on."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's hook at the end of a letter."""
        self.letters.append(bytes(envelope.content))
        return "250 taken"


@dataclass(slots=True, kw_only=True)
class Installation:
    """intake's mail channel and notifier's sender, with what went out."""

    office: PostOffice
    notifier: Runtime
    sender: LetterSender
    outgoing: Outgoing
    fed: int = 0
    received: list[bytes] = field(default_factory=list)

    async def receive(self, raw: bytes) -> list[bytes]:
        """A letter comes in; the letters that go out in return."""
        self.received.append(raw)
        await self.office.put(raw)
        await self.office.settle()
        await self._feed()
        while await self.sender.turn():
            pass
        out, self.outgoing.letters = self.outgoing.letters, []
        return out

    async def _feed(self) -> None:
        reads, pool = consumption(self.notifier), self.office.pool
        rows = await pool.fetch(ALL, self.fed, 1000)
        self.fed = rows[-1]["position"] if rows else self.fed
        async with self.notifier.pool.acquire() as connection, connection.transaction():
            for each in await pool.fetch("SELECT topic, key, value FROM records ORDER BY position"):
                value = msgspec.json.decode(each["value"])
                await reads.records[each["topic"]](connection, [(each["key"], value)])
            envelopes = [envelope_of(row) for row in rows]
            for projection in reads.projections:
                await projection.apply(connection, envelopes)
            if reads.react is not None:
                await reads.react(connection, envelopes)


@asynccontextmanager
async def installed(postgres: Databases, name: str) -> AsyncIterator[Installation]:
    address = f"support@{name}.example"
    mailbox = {"address": address, "secret": "X"}
    rules = {**RULES, "locale": "en", "mailbox": mailbox, "number": f"{name.upper()}-{{sequence}}"}
    rules["request"] = {}
    us = Ourselves(addresses=frozenset({address}), servers=frozenset(), secret=KEY + name)
    outgoing, loop = Outgoing(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(outgoing, loop=loop), "127.0.0.1", 0)
    given = {"database": await postgres(), "kafka": "127.0.0.1:1", "roles": {"api"}}
    settings = NotifierSettings.model_validate({**given, "secret": KEY + name, "admin_key": "a"})
    app = create_app(settings)
    async with AsyncExitStack() as stack:
        stack.callback(server.close)
        office = await stack.enter_async_context(post_office(await postgres(), rules, us))
        await stack.enter_async_context(app.router.lifespan_context(app))
        runtime: Runtime = app.state.runtime
        await _publish(runtime, rules)
        smtp = Smtp(
            SmtpServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1], seconds=5)
        )
        stack.push_async_callback(smtp.close)
        composer = Composer(
            materials=Materials(runtime.pool),
            renderer=Renderer(),
            secret=KEY + name,
            front="http://front.example",
            policy_of=runtime.policies.get,
            own=lambda: own_addresses(runtime),
            signer=Signer({}),
        )
        sender = LetterSender(
            pool=runtime.pool,
            holder="0",
            outcomes=Outcomes(pool=runtime.pool, store=runtime.store, now=clock.now),
            composer=composer,
            smtp=smtp,
            now=clock.now,
        )
        yield Installation(office=office, notifier=runtime, sender=sender, outgoing=outgoing)


async def _publish(runtime: Runtime, rules: dict[str, Any]) -> None:
    published = PolicyPublished(
        at=AT, actor=SYSTEM, desk="any", version=1, document=rules, digest="-"
    )
    async with runtime.pool.acquire() as connection:
        await keep_policy(connection, published)
    await runtime.policies.refresh()


def untouched(raw: bytes) -> bytes:
    """As an honest mail server passes it on."""
    return raw


def stripped(raw: bytes) -> bytes:
    """As a careless gateway does: no header left that says a machine wrote it."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    for name in set(message.keys()):
        if name.lower() not in KEPT:
            del message[name]
    return message.as_bytes()


@pytest.mark.parametrize("relay", [untouched, stripped], ids=["untouched", "stripped"])
async def test_two_installations_fall_silent_within_five_letters(
    postgres: Databases, relay: Way
) -> None:
    async with installed(postgres, "north") as north, installed(postgres, "south") as south:
        first = raw_letter(headers={"From": "support@south.example", "To": "support@north.example"})
        letters, there, back = [first], north, south
        written = 0
        while letters:
            written += len(letters)
            assert written <= ROUNDS, "they go on for ever"
            answers = [each for raw in letters for each in await there.receive(relay(raw))]
            letters, there, back = answers, back, there
        print(f"{written} letters, then silence")  # noqa: T201
        assert 2 <= written <= 5
        assert len(north.received) + len(south.received) == written
