"""Carrying out a command on a ticket: who may, at which version, and the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path
from starlette.responses import Response

from intake.api.answers import after, parts_of, ticket_answer
from intake.api.here import Here, entered_by, happened_at, ticket_for
from intake.domain.commands import TicketCommand
from intake.office.incoming import How, text_parts
from intake.office.office import Answering, Standing
from intake.office.premises import Premises
from intake.personal_data import Content, Effect, Owner, Upload, new_content
from reglament.errors import Forbidden
from reglament.events.administration import KeyRole
from reglament.eventstore.store import Appended
from reglament.http.auth import AnyCaller, Caller
from reglament.http.etags import Expected
from reglament.http.idempotency import RequestContext, replay, respond
from reglament.http.parameters import UUID_PATTERN
from reglament.projections import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A caller about to do something to a ticket that they may see."""

    here: Premises
    caller: Caller
    row: Row
    how: How

    @property
    def standing(self) -> Standing:
        """Where the ticket's stream stands."""
        row = self.row
        return Standing(ticket=row["key"], desk=row["desk"], requester=row["requester"])

    def stamp(self, said: datetime | None = None, field: str = "at") -> dict[str, Any]:
        """`at` and `actor` of a command. Raises Refused for a time in the future."""
        at = happened_at(self.caller, said, self.how.context.recorded_at, field)
        return {"at": at, "actor": self.caller.actor}

    def text(self, text: str, files: tuple[Upload, ...] = ()) -> Content:
        """A text put aside for a command to refer to."""
        owner = Owner(ticket=self.row["key"], requester=self.row["requester"])
        return new_content(text_parts(text, files), owner)

    def note(self, text: str | None) -> Content | None:
        """A text, if there is one."""
        return self.text(text) if text else None

    async def carry_out(
        self, command: TicketCommand, *contents: Content | None, rows: tuple[Effect, ...] = ()
    ) -> Response:
        """The Ticket as it is after the command. Raises Refused, Conflict, KeyReused.

        rows: further effects in its transaction.
        """
        said = tuple(content for content in contents if content is not None)
        return await self.answered(
            lambda answer: self.here.office.act(
                self.standing, command, self.how, contents=said, answer=answer, rows=rows
            ),
            said,
        )

    async def answered(
        self, act: Callable[[Answering], Any], said: tuple[Content, ...] = ()
    ) -> Response:
        """The first answer to the key, or that of `act`."""
        if (first := await replay(self.here.doors.store, self.how.context)) is not None:
            return first
        parts = dict(await parts_of(self.here, self.row))
        parts |= {(each.ref.id, each.ref.version): each.parts for each in said}
        appended: Appended = await act(lambda made: ticket_answer(after(self.row, made), parts))
        answer = appended.answer or ticket_answer(after(self.row, appended.envelopes), parts)
        return respond(answer, replayed=appended.replayed)


def acting_as(*roles: KeyRole) -> Any:
    """A dependency: the caller of one of the roles (an admin always) before their ticket."""

    async def acting(
        ticket: Annotated[str, Path(pattern=UUID_PATTERN, description="the ticket's id")],
        here: Here,
        caller: AnyCaller,
        context: RequestContext,
        expected: Expected,
    ) -> Acting:
        row = await ticket_for(here, caller, ticket)
        if caller.role != "admin" and caller.role not in roles:
            raise Forbidden(f"the role {caller.role} may not do this")
        how = How(
            actor=caller.actor,
            entered_by=entered_by(caller),
            context=context,
            expected=expected,
        )
        return Acting(here=here, caller=caller, row=row, how=how)

    return Depends(acting)


Anyone = Annotated[Acting, acting_as("requester", "integrator", "agent")]
Agent = Annotated[Acting, acting_as("agent")]
Requester = Annotated[Acting, acting_as("requester")]
Party = Annotated[Acting, acting_as("requester", "agent")]
