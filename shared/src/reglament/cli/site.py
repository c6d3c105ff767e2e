"""Where the services are and with which key: flags, else the environment, else ready.json.

| what | flag | environment |
|---|---|---|
| a service's address | `--at intake=URL` | `REGLAMENT_INTAKE_URL`, … |
| the admin's key | | `REGLAMENT_KEY` |
| the file of `make run` | `--ready FILE` | `REGLAMENT_READY`, `REGLAMENT_RUN`; `.run/ready.json` |

No flag for the key: what is typed is seen by all who list the processes.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from reglament.cli.errors import CliError
from reglament.events.topics import OWNERS

SERVICES = tuple(dict.fromkeys(OWNERS.values()))
SECONDS = httpx.Timeout(20.0, read=300.0)


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """`--json`, `--at`, `--ready`: every command takes them."""
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="SERVICE=URL",
        help="where a service answers (else REGLAMENT_<SERVICE>_URL, else ready.json)",
    )
    parser.add_argument(
        "--ready", metavar="FILE", help="ready.json of the system (.run/ready.json)"
    )


@dataclass(slots=True, kw_only=True)
class Site:
    """The services as the command reaches them; a context manager.

    addresses: base URL by service's name; key: the admin's; ready: what ready.json says.
    """

    addresses: Mapping[str, str]
    key: str
    ready: Mapping[str, Any] = field(default_factory=dict)
    _client: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=SECONDS, trust_env=False)
    )

    def __enter__(self) -> Self:
        """Ready to ask."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def url(self, service: str) -> str:
        """A service's base URL. Raises CliError."""
        if service not in SERVICES:
            raise CliError(f"there is no service {service}", f"one of {', '.join(SERVICES)}")
        if service not in self.addresses:
            raise CliError(
                f"where {service} answers is not known",
                f"start the system (`make run`), or say --at {service}=URL",
            )
        return self.addresses[service]

    def get(self, service: str, path: str, **query: Any) -> Any:
        """What a service answers to GET `/v1…`. Raises CliError."""
        return self.send("GET", service, path, params=_said(query)).json()

    def post(self, service: str, path: str, body: Any = None, **query: Any) -> Any:
        """What a service answers to POST `/v1…`. Raises CliError."""
        return self.send("POST", service, path, json=body, params=_said(query)).json()

    def send(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:
        """An answer that is no problem. Raises CliError with what the problem says."""
        url = f"{self.url(service)}/v1{path}"
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = self._client.request(method, url, headers=headers, **more)
        except httpx.HTTPError as fault:
            raise CliError(f"{service} does not answer at {url}: {fault or type(fault).__name__}")  # noqa: B904 - said in the line
        if answer.is_success:
            return answer
        raise CliError(f"{service}: {_problem(answer)}")


def site_of(chosen: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Site:
    """The site that the flags and the environment mean. Raises CliError."""
    ready = _ready(chosen.ready, environ)
    key = environ.get("REGLAMENT_KEY") or ready.get("keys", {}).get("admin")
    if not key:
        raise CliError("there is no key", "start the system (`make run`), or set REGLAMENT_KEY")
    addresses = {
        service: ready[_plain(service)] for service in SERVICES if _plain(service) in ready
    }
    for service in SERVICES:
        if url := environ.get(f"REGLAMENT_{_plain(service).upper()}_URL"):
            addresses[service] = url
    addresses |= dict(map(_pair, chosen.at))
    bare = {service: url.rstrip("/") for service, url in addresses.items()}
    return Site(addresses=bare, key=str(key), ready=ready)


def _ready(said: str | None, environ: Mapping[str, str]) -> Mapping[str, Any]:
    run = environ.get("REGLAMENT_RUN") or ".run"
    file = Path(said or environ.get("REGLAMENT_READY") or Path(run, "ready.json"))
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        if said is None:
            return {}
        raise CliError(f"{file} is not there", "is the system running?") from None
    except (OSError, ValueError) as fault:
        raise CliError(f"{file} cannot be read: {fault}") from fault
    return found


def _plain(service: str) -> str:
    return service.replace("-", "_")


def _pair(text: str) -> tuple[str, str]:
    service, _, url = text.partition("=")
    if service not in SERVICES or not url.startswith(("http://", "https://")):
        raise CliError(f"--at {text} is not SERVICE=URL", f"services: {', '.join(SERVICES)}")
    return service, url


def _said(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _problem(answer: httpx.Response) -> str:
    try:
        document = answer.json()
        said = document.get("detail") or document["title"]
    except (ValueError, KeyError, AttributeError):
        said = answer.text[:200] or answer.reason_phrase
    return f"{said} ({answer.status_code})"
