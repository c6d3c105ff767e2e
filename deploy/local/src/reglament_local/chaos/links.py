"""The proxies between the services and their servers: where the network's faults are made.

Each service has a way of its own to PostgreSQL. Kafka has one for all: a broker tells its clients
one address. IMAP is intake's, SMTP notifier's.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from reglament_local.addresses import Addresses
from reglament_local.chaos.proxy import Proxy
from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack

Links = Mapping[str, Proxy]


def targets(stack: Stack) -> dict[str, tuple[str, int]]:
    """Every link's name and the server behind it."""
    ports = {f"postgres-{service}": stack.postgres.port for service in DATABASES}
    ports |= {
        "kafka": stack.kafka.port,
        "smtp": stack.greenmail.smtp_port,
        "imap": stack.greenmail.imap_port,
    }
    return {name: ("127.0.0.1", port) for name, port in ports.items()}


@asynccontextmanager
async def linked(stack: Stack) -> AsyncIterator[Links]:
    """A listening proxy a link; all are closed at the end."""
    async with AsyncExitStack() as entered:
        yield {
            name: await entered.enter_async_context(Proxy(target))
            for name, target in targets(stack).items()
        }


def addresses_through(stack: Stack, links: Links) -> Addresses:
    """What the services are told instead of the servers' own addresses."""
    return Addresses(
        databases={
            service: replace(stack.postgres, port=links[f"postgres-{service}"].port).dsn(service)
            for service in DATABASES
        },
        postgres=stack.postgres.dsn("postgres"),
        kafka=links["kafka"].address,
        smtp=links["smtp"].address,
        imap=links["imap"].address,
        mail_api=stack.greenmail.api,
        is_own=True,
    )
