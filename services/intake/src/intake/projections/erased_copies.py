"""What the other services say they have erased of an erased person."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from reglament.erasing import Said
from reglament.events.envelope import Envelope
from reglament.events.escalations import ReasonsErased
from reglament.events.notifications import CopiesErased
from reglament.events.registry import Event
from reglament.instants import rfc3339
from reglament.projections import Row

_OF = "SELECT service, at FROM erased_copies_v1 WHERE erasure = $1"


class ErasedCopies:
    """The projection: erasure/service, when it was said first."""

    name = "erased_copies"
    version = 1
    handles: Collection[type[Event]] = (CopiesErased, ReasonsErased)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """erasure/service."""
        event = envelope.event
        return (f"{event.erasure}/{_service(envelope)}",) if isinstance(event, Said) else ()

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """Said twice is said once."""
        event = envelope.event
        if row is not None or not isinstance(event, Said):
            return row
        return {
            "key": key,
            "erasure": event.erasure,
            "service": _service(envelope),
            "at": rfc3339(event.at),
        }


def _service(envelope: Envelope) -> str:
    return envelope.source.rpartition("/")[2]


async def erased_elsewhere(pool: Any, erasure: str) -> dict[str, datetime]:
    """Service -> when it was done."""
    return {row["service"]: row["at"] for row in await pool.fetch(_OF, erasure)}
