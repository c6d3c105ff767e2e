"""Counts what was registered, by whatever channel it came."""

from collections.abc import Sequence
from typing import Any

from reglament import metrics
from reglament.events.envelope import Envelope
from reglament.events.tickets import Request


class Counting:
    """An effect of a ticket's first event; a commit that fails after it is counted too many."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        """Add the new tickets to `tickets_created_total`."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, Request) and envelope.sequence == 1:
                metrics.TICKETS_CREATED.labels(event.channel, envelope.desk, event.priority).inc()
