"""The desk's register of customers, by which entitlement is found."""

from collections.abc import Collection

import msgspec

from reglament.events.administration import CustomerRegistered
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.projections import Row


class Customers:
    """The projection: a customer's newest state."""

    name = "customers"
    version = 1
    handles: Collection[type[Event]] = (CustomerRegistered,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """desk/customer."""
        event = envelope.event
        return (f"{event.desk}/{event.customer}",) if isinstance(event, CustomerRegistered) else ()

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event."""
        event = envelope.event
        if not isinstance(event, CustomerRegistered):
            return row
        if row is not None and envelope.sequence <= row["sequence"]:
            return row
        return {
            "key": key,
            "desk": event.desk,
            "customer": event.customer,
            "name": event.name,
            "inn": event.inn,
            "emails": [email.casefold() for email in event.emails],
            "contracts": msgspec.to_builtins(event.contracts),
            "sequence": envelope.sequence,
        }
