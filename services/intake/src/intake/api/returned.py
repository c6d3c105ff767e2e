"""Information: simply noted, or completing a request that was returned."""

from starlette.responses import Response

from intake.api.acting import Acting
from intake.api.answers import parts_of
from intake.api.here import uploads
from intake.api.schemas import NewInformation
from intake.office.completion import Returned
from intake.office.incoming import Information
from intake.personal_data import Contact


async def provided(acting: Acting, body: NewInformation) -> Response:
    """The Ticket after the information."""
    information = Information(
        at=acting.stamp()["at"],
        fields=body.fields,
        body=body.body,
        files=await uploads(body.attachments),
        priority=body.priority,
        category=body.category,
        cause=body.cause,
    )
    is_returned = acting.row["phase"] == "returned"
    returned = await _returned(acting) if is_returned else None
    prepared = await acting.here.office.prepare_information(
        acting.standing, information, acting.how, returned
    )
    return await acting.carry_out(prepared.command, *prepared.contents)


async def _returned(acting: Acting) -> Returned:
    row = acting.row
    parts = await parts_of(acting.here, row)
    reference = (row["content"]["id"], row["content"]["version"])
    contact = await acting.here.doors.data.contact(row["requester"])
    return Returned(
        row=row,
        parts=parts.get(reference, {}),
        contact=contact or Contact(requester=row["requester"], desk=row["desk"], email=""),
    )
