"""The desks' engineers, as escalation says them: by their addresses their letters are known."""

from collections.abc import Collection

from reglament.events.envelope import Envelope
from reglament.events.escalations import EngineerRegistered
from reglament.events.registry import Event
from reglament.projections import Row


class Engineers:
    """The projection: an engineer's newest state."""

    name = "engineers"
    version = 1
    handles: Collection[type[Event]] = (EngineerRegistered,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """desk/engineer."""
        event = envelope.event
        return (f"{event.desk}/{event.engineer}",) if isinstance(event, EngineerRegistered) else ()

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event."""
        event = envelope.event
        if not isinstance(event, EngineerRegistered):
            return row
        if row is not None and envelope.sequence <= row["sequence"]:
            return row
        return {
            "key": key,
            "desk": event.desk,
            "engineer": event.engineer,
            "email": event.email.casefold(),
            "active": event.active,
            "sequence": envelope.sequence,
        }
