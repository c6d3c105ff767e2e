"""What of a ticket's history a caller is shown, with its texts: to requesters nothing internal."""

from collections.abc import Mapping, Sequence
from typing import Any

from intake.api.views import Parts, is_internal, is_note, reference_of
from intake.office.premises import Premises
from reglament.http.auth import Caller

Rows = Sequence[Mapping[str, Any]]


def shown_rows(rows: Rows, caller: Caller) -> Rows:
    """Without the desk's notes where the caller is none of the desk's."""
    return rows if caller.is_staff else [row for row in rows if not is_internal(row)]


async def texts_of(here: Premises, rows: Rows, caller: Caller) -> Parts:
    """The texts that the rows refer to, as far as they are for the caller."""
    found = (reference_of(row) for row in rows if caller.is_staff or not is_note(row))
    return await here.doors.data.parts(reference for reference in found if reference)


def texts_for(rows: Rows, caller: Caller, texts: Mapping[str, Mapping[str, Any]]) -> Parts:
    """The same of texts that are there already, by event."""
    shown = (row for row in rows if row["key"] in texts and (caller.is_staff or not is_note(row)))
    return {reference: texts[row["key"]] for row in shown if (reference := reference_of(row))}
