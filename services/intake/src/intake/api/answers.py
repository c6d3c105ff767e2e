"""The Ticket as an answer, built from the decision: no other read for what is known already."""

from collections.abc import Sequence

from intake.api.views import Parts, etag_of, references, ticket_json
from intake.office.premises import Premises
from intake.projections.ticket_view import TicketView
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer
from reglament.http.idempotency import answer_json
from reglament.projections import Row

_VIEW = TicketView()


def after(row: Row | None, envelopes: Sequence[Envelope]) -> Row:
    """The row after the events that were just appended, some of them perhaps to other tickets."""
    ticket = row["key"] if row is not None else envelopes[0].subject if envelopes else ""
    for envelope in envelopes:
        if envelope.subject == ticket:
            row = _VIEW.project(ticket, row, envelope)
    if row is None:
        raise ValueError("a ticket without events")
    return row


def ticket_answer(row: Row, parts: Parts, status: int = 200) -> Answer:
    """The Ticket with its ETag; a new one with its Location."""
    headers = [("ETag", etag_of(row))]
    if status == 201:
        headers.append(("Location", f"/v1/tickets/{row['key']}"))
    return answer_json(ticket_json(row, parts), status, tuple(headers))


async def parts_of(here: Premises, *rows: Row) -> Parts:
    """The texts of tickets, in one round trip."""
    wanted = [reference for row in rows for reference in references(row)]
    return await here.doors.data.parts(wanted)
