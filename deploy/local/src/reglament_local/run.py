"""`python -m reglament_local run`: all of Reglament, up to the line `ready`."""

from collections.abc import Mapping

import httpx

from reglament_local.addresses import Addresses, external_addresses, own_addresses
from reglament_local.console import Steps, say
from reglament_local.desks import Desks, until_heard
from reglament_local.disk import free_bytes, refuse_full
from reglament_local.jars import GREENMAIL, KAFKA
from reglament_local.secrets_file import DATABASES
from reglament_local.servers import announced
from reglament_local.services import front_part, front_url, service_parts, url_of
from reglament_local.stack import PORTS_OF, SERVERS, Stack, fetch_jars, the_only_one
from reglament_local.supervisor import cancel_on_signals, supervised
from reglament_local.taken import refuse_taken


async def run_all(stack: Stack, environ: Mapping[str, str]) -> None:
    """Ends by cancellation (a signal), or with StackError when a part fails."""
    cancel_on_signals()
    is_external = environ.get("EXTERNAL", "0") not in ("", "0")
    addresses = external_addresses(environ) if is_external else own_addresses(stack)
    servers = () if is_external else SERVERS
    jars = () if is_external else (KAFKA, GREENMAIL)
    # Step 1 was the Python packages: `make run` told it.
    steps = Steps(total=8 + len(jars) + len(servers), done=1)
    with the_only_one(stack.places.run):
        _look_around(stack, steps, is_external)
        await fetch_jars(stack, steps, jars)
        async with supervised(stack.places.logs, steps) as supervisor:
            if servers:
                await supervisor.start([stack.part(name) for name in servers])
            await supervisor.start(service_parts(stack, addresses, environ))
            await supervisor.start([front_part(stack)])
            admin = environ.get("INTAKE_ADMIN_KEY") or stack.secrets["admin_key"]
            keys = await _tell_desks(stack, addresses, admin, steps)
            ready = ready_of(stack, addresses, {"admin": admin, **keys})
            with announced(stack.places.ready, ready):
                _say_ready(stack, addresses)
                await supervisor.watch()


def _look_around(stack: Stack, steps: Steps, is_external: bool) -> None:
    with steps.step("disk and ports") as step:
        refuse_full(stack.places.run)
        own = {port for names in PORTS_OF.values() for port in names}
        ports = {n: p for n, p in stack.ports.items() if not (is_external and n in own)}
        refuse_taken(ports)
        step.note(f"{free_bytes(stack.places.run) / 1e9:.0f} GB free")


async def _tell_desks(
    stack: Stack, addresses: Addresses, admin: str, steps: Steps
) -> dict[str, dict[str, str]]:
    urls = {service: url_of(stack, service) for service in DATABASES}
    with steps.step("policies and keys") as step:
        async with httpx.AsyncClient(
            base_url=urls["intake"],
            headers={"Authorization": f"Bearer {admin}"},
            trust_env=False,
            timeout=30,
        ) as client:
            desks = Desks(client, stack.places.run / "published.json", addresses.home)
            count = await desks.publish(stack.places.policies)
        await until_heard(urls, desks.keys)
        step.note(f"{len(desks.keys)} desks, {count} of them new or changed")
    return desks.keys


def ready_of(stack: Stack, addresses: Addresses, keys: Mapping[str, object]) -> dict[str, object]:
    """.run/ready.json, as the contract lays it down."""
    urls = {service: url_of(stack, service) for service in DATABASES}
    return {
        "front": front_url(stack),
        **urls,
        "kafka": addresses.kafka,
        "postgres": addresses.postgres,
        "databases": dict(addresses.databases),
        "smtp": addresses.smtp,
        "imap": addresses.imap,
        "mail_api": addresses.mail_api,
        "metrics": {service: f"{url}/metrics" for service, url in urls.items()},
        "keys": dict(keys),
    }


def _say_ready(stack: Stack, addresses: Addresses) -> None:
    say(f"""
  front      {front_url(stack)}   API documents at /docs
  services   {"  ".join(url_of(stack, service) for service in DATABASES)}
  Kafka      {addresses.kafka}
  mail       smtp {addresses.smtp}, imap {addresses.imap}
  keys       {stack.places.ready}
  logs       {stack.places.logs}
  Ctrl-C stops all of it and keeps the data; `make clean-run` forgets it.
ready""")
