"""GreenMail: SMTP in, IMAP out, for the desks' mailboxes and, locally, the customers'.

No login is checked and a mailbox exists from its first letter, so that a desk published while
running has its mailbox too. Letters are kept in memory only: a restart forgets them.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from reglament_local.java import java, java_environ
from reglament_local.parts import Part
from reglament_local.processes import Recipe

MAIN = "com.icegreen.greenmail.standalone.GreenMailStandaloneRunner"


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenMail:
    """One mail server: its jar, its three ports, its memory (every letter is kept there)."""

    jars: Path
    smtp_port: int
    imap_port: int
    api_port: int
    heap: str = "192m"

    @property
    def api(self) -> str:
        """Base URL; readiness, and mailboxes read or purged by tests."""
        return f"http://127.0.0.1:{self.api_port}"


def greenmail_part(server: GreenMail) -> Part:
    """The mail server as the supervisor runs it."""
    ports = {"smtp": server.smtp_port, "imap": server.imap_port, "api": server.api_port}
    # By itself it waits two seconds for its own ports; on a busy machine it then hangs for ever.
    properties = {"greenmail.auth.disabled": "true", "greenmail.startup.timeout": "60000"}
    for protocol, port in ports.items():
        properties[f"greenmail.{protocol}.hostname"] = "127.0.0.1"
        properties[f"greenmail.{protocol}.port"] = str(port)
    recipe = Recipe(
        name="greenmail",
        command=java(server.jars, MAIN, server.heap, properties),
        environ=java_environ(),
        grace=3.0,
    )
    return Part(
        title="GreenMail 2.1 (SMTP, IMAP)",
        recipe=recipe,
        # A bare TCP probe makes it log a stack trace; the URL does not.
        is_ready=partial(answers, f"{server.api}/api/service/readiness"),
    )


async def answers(url: str) -> bool:
    """True when a GET of `url` gives 200."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            response = await client.get(url)
        except httpx.HTTPError:
            return False
    return response.status_code == httpx.codes.OK
