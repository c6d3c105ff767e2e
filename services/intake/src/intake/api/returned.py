"""Information: simply noted, or completing a request that was returned."""

from starlette.responses import Response

from intake.api.acting import Acting
from intake.api.answers import parts_of
from intake.api.here import uploads
from intake.api.schemas import NewInformation
from intake.office.completion import Returned
from intake.office.incoming import Information, Sender
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
    contact = await _contact(acting)
    returned = await _returned(acting, contact) if is_returned else None
    sender = Sender(email=contact.email)
    office = acting.here.office
    found = None if is_returned else await office.identified(acting.row, body.fields, sender)
    prepared = await office.prepare_information(
        acting.standing, information, acting.how, returned, found
    )
    return await acting.carry_out(prepared.command, *prepared.contents)


async def _contact(acting: Acting) -> Contact:
    row = acting.row
    contact = await acting.here.doors.data.contact(row["requester"])
    return contact or Contact(requester=row["requester"], desk=row["desk"], email="")


async def _returned(acting: Acting, contact: Contact) -> Returned:
    parts = await parts_of(acting.here, acting.row)
    reference = (acting.row["content"]["id"], acting.row["content"]["version"])
    return Returned(row=acting.row, parts=parts.get(reference, {}), contact=contact)
