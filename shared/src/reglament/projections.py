"""A projection: pure rows out of events. The runner loads and saves (architecture 9)."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from reglament.events.envelope import Envelope
from reglament.events.registry import Event

Row = Mapping[str, Any]


class Projection(Protocol):
    """name + version make the table `<name>_v<version>`, whose first column is `key`.

    handles: the classes of events it cares about; project: the row after the event, None: no
    row. Values are JSON-able (str, number, bool, list, dict, None); the table's columns give
    the types. Same end state for doubled, late and disordered events: sequence is in the row
    where it matters.
    """

    name: str
    version: int
    handles: Collection[type[Event]]

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The rows that the event touches."""
        ...

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event."""
        ...


def table_of(projection: Projection) -> str:
    """The table in which the projection's rows stand."""
    return f"{projection.name}_v{projection.version}"
