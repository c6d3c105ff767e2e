"""Engineers, out of their own streams, inline."""

from collections.abc import Collection
from typing import Any

import msgspec

from escalation.domain.commands import Engineer
from reglament.events.envelope import Envelope
from reglament.events.escalations import EngineerRegistered
from reglament.events.registry import Event
from reglament.projections import Row

COLUMNS = """desk, engineer, version, name, email, locale, active, level,
  languages::text AS languages, qualifications::text AS qualifications, since,
  departments::text AS departments"""
ALL = f"SELECT {COLUMNS} FROM engineers_v1 WHERE desk = ANY($1) ORDER BY desk, engineer"  # noqa: S608 - a constant
ONE = f"SELECT {COLUMNS} FROM engineers_v1 WHERE desk = $1 AND engineer = $2"  # noqa: S608 - a constant

# Held through a claim, so that one who leaves meanwhile is heard of before it or after.
PRESENT = f"{ONE} FOR SHARE"
# Held while he is said anew: nobody gives him a ticket meanwhile.
LEAVING = f"{ONE} FOR UPDATE"


class Engineers:
    """One row an engineer; version is his stream's."""

    name = "engineers"
    version = 1
    handles: Collection[type[Event]] = (EngineerRegistered,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """desk/engineer."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The newest state, which the event is."""
        event = envelope.event
        if not isinstance(event, EngineerRegistered):
            return row
        return {
            "key": key,
            "desk": event.desk,
            "engineer": event.engineer,
            "version": envelope.sequence,
            "name": event.name,
            "email": event.email,
            "locale": event.locale,
            "active": event.active,
            "level": event.level,
            "languages": list(event.languages),
            "qualifications": list(event.qualifications),
            "since": event.since.isoformat() if event.since else None,
            "departments": list(event.departments),
        }


async def load_engineers(connection: Any, desks: Collection[str]) -> dict[str, list[Engineer]]:
    """The engineers of the desks, by desk."""
    found: dict[str, list[Engineer]] = {}
    for row in await connection.fetch(ALL, sorted(set(desks))):
        found.setdefault(row["desk"], []).append(as_engineer(row))
    return found


def as_engineer(row: Any) -> Engineer:
    """A row of the table as decisions need it."""
    return Engineer(
        id=row["engineer"],
        active=row["active"],
        level=row["level"],
        languages=tuple(msgspec.json.decode(row["languages"])),
        qualifications=tuple(msgspec.json.decode(row["qualifications"])),
        since=row["since"],
        departments=tuple(msgspec.json.decode(row["departments"])),
    )
