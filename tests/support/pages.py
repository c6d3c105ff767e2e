"""A desk whose people use the portal and the board, and what they open."""

import re
from dataclasses import dataclass
from typing import Any

from reglament_local.demo.publishing import SECRET, issued, published
from reglament_local.demo.system import Desk, Json, System

LINK = re.compile(r"http://\S+/portal/tickets/\S+#token=\S+")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that stands at a desk. link: of the confirmation's letter."""

    desk: Desk
    ticket: Json
    link: str

    @property
    def id(self) -> str:
        """The ticket's."""
        return str(self.ticket["id"])


def policy(name: str, locale: str) -> dict[str, Any]:
    """A desk with two levels, reasons to put off, standard answers, and the portal's link."""
    return {
        "desk": name,
        "name": "Atelier",
        "locale": locale,
        "time_zone": "Europe/Moscow",
        "number": f"{name[:3].upper()}-{{sequence:04d}}",
        "mailbox": {"address": f"support@{name}.example", "secret": SECRET},
        "calendars": {"office": {"hours": {"mon-fri": ["10:00-18:00"]}}},
        "channels": {"web": {"accept": "always"}, "email": {"accept": "always"}},
        "categories": {"network": {"titles": ["Réseau"]}},
        "scope": "open",
        "request": {"fields": {"version": {"otherwise": "flag"}}},
        "sla": {
            "targets": [
                {"metric": "first_response", "within": "4h", "calendar": "office"},
                {"metric": "resolution", "within": "3 business days", "calendar": "office"},
            ]
        },
        "levels": [{"name": "L1"}, {"name": "L2"}],
        "reasons": {"deferral": ["client_asked", "vendor_release"]},
        "answers": [
            {"title": "FAQ", "text": "Please restart it.", "links": ["https://docs.example/faq"]}
        ],
        "notifications": {"hints": ["portal"]},
    }


async def staffed(system: System, locale: str) -> tuple[Desk, str, str]:
    """A new desk, one engineer's id, and the key they sign in with."""
    desk = await published(system, policy(f"pages{locale}{system.run}", locale))
    engineer = await desk.engineer("ivan", "L2", locale=locale)
    return desk, engineer, await issued(system, desk.name, "agent", engineer)


async def asked(desk: Desk, subject: str, locale: str, **more: Any) -> Asked:
    """A request by the web, once its confirmation is in the requester's mailbox."""
    system = desk.system
    address = system.address(f"anna{desk.name}{len(subject)}")
    body = {
        "channel": "web",
        "subject": subject,
        "description": f"{subject}.\n10:40.",
        "requester": {"name": "Anna", "email": address, "locale": locale},
    }
    ticket = await desk.open(body | more)

    async def look() -> str | None:
        texts = [letter.text for letter in await system.post.inbox(address)]
        return next((found[0] for text in texts if (found := LINK.search(text))), None)

    link = await system.until(look, f"{desk.name}: a letter with the portal's link")
    return Asked(desk=desk, ticket=ticket, link=link)
