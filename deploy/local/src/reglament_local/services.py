"""The four services and the front as the supervisor runs them, each with its own environment."""

import os
import sys
from collections.abc import Mapping
from functools import partial

from reglament_local.addresses import Addresses
from reglament_local.greenmail import answers
from reglament_local.parts import Part
from reglament_local.policies import policy_files
from reglament_local.processes import Recipe
from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack

# What a desk published while running may name as its mailbox's secret.
SPARE_MAILBOX = "LOCAL_MAILBOX"
PLAIN = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "SSL_CERT_FILE")


def url_of(stack: Stack, service: str) -> str:
    """Base URL of one service, by its import name."""
    return f"http://127.0.0.1:{stack.ports[f'{service.upper()}_PORT']}"


def front_url(stack: Stack) -> str:
    """The one origin that people and the browser see."""
    return f"http://127.0.0.1:{stack.ports['REGLAMENT_FRONT_PORT']}"


def service_parts(stack: Stack, addresses: Addresses, environ: Mapping[str, str]) -> list[Part]:
    """The four services, started together; none knows another's address or database."""
    return [_part(stack, service, addresses, environ) for service in DATABASES]


def front_part(stack: Stack) -> Part:
    """The path router; ready when intake answers through it."""
    ports = {name: str(port) for name, port in stack.ports.items()}
    recipe = Recipe(
        name="front",
        command=(sys.executable, "-m", "reglament_local.front"),
        environ=_plain(os.environ) | ports,
        grace=2.0,
    )
    ready = partial(answers, f"{front_url(stack)}/livez")
    return Part(title="front", recipe=recipe, is_ready=ready, within=15)


def _part(stack: Stack, service: str, addresses: Addresses, environ: Mapping[str, str]) -> Part:
    recipe = Recipe(
        name=service.replace("_", "-"),
        command=(sys.executable, "-m", service),
        environ=environ_of(stack, service, addresses, environ),
        grace=6.5,
    )
    ready = partial(answers, f"{url_of(stack, service)}/readyz")
    return Part(title=recipe.name, recipe=recipe, is_ready=ready)


def environ_of(
    stack: Stack, service: str, addresses: Addresses, environ: Mapping[str, str]
) -> dict[str, str]:
    """The environment of one service: addresses are the stack's, all else the user may set."""
    prefix = f"{service.upper()}_"
    own = {name: value for name, value in environ.items() if name.startswith(prefix)}
    fixed = {
        f"{prefix}PORT": str(stack.ports[f"{prefix}PORT"]),
        f"{prefix}DATABASE": addresses.databases[service],
        f"{prefix}KAFKA": addresses.kafka,
    }
    given = {
        "SECRET": stack.secrets["secret"],
        "ADMIN_KEY": stack.secrets["admin_key"],
        "FRONT": front_url(stack),
        "SHUTDOWN_SECONDS": "5",
        "ROOTS": environ.get("REGLAMENT_ROOTS") or str(stack.places.run / "roots"),
    }
    if endpoint := environ.get("OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        given["OTLP_ENDPOINT"] = endpoint
    prefixed = {prefix + name: value for name, value in given.items()}
    return _plain(environ) | prefixed | own | fixed | _besides(stack, service, addresses, environ)


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: environ[name] for name in PLAIN if name in environ}
    return kept | {name: environ[name] for name in environ if name.startswith("PYTHON")}


def _besides(
    stack: Stack, service: str, addresses: Addresses, environ: Mapping[str, str]
) -> dict[str, str]:
    match service:
        case "intake":
            files = policy_files(stack.places.policies)
            names = {file.mailbox_secret for file in files if file.mailbox_secret}
            secret = stack.secrets["mailbox"]
            return {name: environ.get(name, secret) for name in names | {SPARE_MAILBOX}} | {
                "INTAKE_IMAP": addresses.imap,
                "INTAKE_BACKUPS": str(stack.places.backups),
            }
        case "notifier":
            allowed = environ.get("NOTIFIER_WEBHOOK_ALLOW", "127.0.0.0/8,::1")
            smtp = environ.get("NOTIFIER_SMTP", addresses.smtp)
            return {"NOTIFIER_SMTP": smtp, "NOTIFIER_WEBHOOK_ALLOW": allowed}
    return {}
