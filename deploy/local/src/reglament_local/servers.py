"""`python -m reglament_local servers`: PostgreSQL, Kafka and the mail server alone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reglament_local.console import Steps, say
from reglament_local.disk import refuse_full
from reglament_local.jars import GREENMAIL, KAFKA
from reglament_local.secrets_file import write_private
from reglament_local.stack import PORTS_OF, Stack, fetch_jars, the_only_one
from reglament_local.supervisor import cancel_on_signals, supervised
from reglament_local.taken import refuse_taken


def addresses(stack: Stack) -> dict[str, str]:
    """What clients need of the three servers."""
    return {
        "postgres": stack.postgres.dsn("postgres"),
        "kafka": stack.kafka.address,
        "smtp": f"127.0.0.1:{stack.greenmail.smtp_port}",
        "imap": f"127.0.0.1:{stack.greenmail.imap_port}",
        "mail_api": stack.greenmail.api,
    }


@contextmanager
def announced(file: Path, answer: Mapping[str, object]) -> Iterator[None]:
    """The file is there exactly as long as what it tells is true."""
    write_private(file, json.dumps(answer, indent=1))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


async def run_servers(stack: Stack, names: tuple[str, ...]) -> None:
    """Starts the named servers, writes .run/servers.json, prints `ready`; ends by cancellation."""
    cancel_on_signals()
    jars = tuple(jar_set for jar_set in (KAFKA, GREENMAIL) if jar_set.name in names)
    steps = Steps(total=len(jars) + len(names))
    with the_only_one(stack.places.run):
        refuse_full(stack.places.run)
        refuse_taken({port: stack.ports[port] for name in names for port in PORTS_OF[name]})
        await fetch_jars(stack, steps, jars)
        async with supervised(stack.places.logs, steps) as supervisor:
            await supervisor.start([stack.part(name) for name in names])
            with announced(stack.places.run / "servers.json", addresses(stack)):
                say("ready")
                await supervisor.watch()
