"""The order in which events became known here: what the pull feed and live streams go by.

No projection: readers hold positions in it, so it is never rebuilt.
"""

from collections.abc import Sequence
from typing import Any

from intake.projections.history import HANDLES
from reglament.events.envelope import Envelope

_APPEND = """
INSERT INTO feed (event, desk)
SELECT event, desk FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (event, desk, place)
ORDER BY place ON CONFLICT (event) DO NOTHING
"""
_HANDLES = frozenset(HANDLES)


class Feed:
    """An effect of every event of a ticket, in the transaction that makes it known."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        """Give the events their positions; one that has one keeps it."""
        known = [each for each in envelopes if type(each.event) in _HANDLES]
        if known:
            ids, desks = [each.id for each in known], [each.desk for each in known]
            await connection.execute(_APPEND, ids, desks)
