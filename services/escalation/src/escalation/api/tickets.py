"""How routes find a ticket and an engineer, and hand a command about a ticket over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from escalation.domain.commands import Engineer, TicketCommand
from escalation.domain.decider import ticket_decider
from escalation.projections.engineers import ONE, PRESENT, as_engineer
from escalation.projections.facts import Known, load_facts
from escalation.projections.queue import ASSIGNMENT
from reglament.command_handler import Submission
from reglament.errors import NotFound, NotYet, Refused, Violation
from reglament.events.envelope import Envelope
from reglament.events.escalations import Assigned, Escalated, Queued, Unassigned
from reglament.eventstore.store import Answer, Context
from reglament.http.auth import Caller
from reglament.http.etags import etag
from reglament.http.idempotency import answer_json
from reglament.policy.model import Policy
from reglament.runtime import Runtime

ATTEMPTS = 20  # at a row in other hands
# Shorter than deadlock_timeout: a reaction holds the stream and wants the queue's row, a claim the
# other way round, so the claim lets go and takes the next.
PATIENCE = "SET LOCAL lock_timeout = '200ms'"


async def known_ticket(runtime: Runtime, caller: Caller, ticket: str) -> Known:
    """The ticket's facts. Raises NotFound for one that the caller may not see."""
    known = (await load_facts(runtime.pool, [ticket])).get(ticket)
    if known is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, known.desk, known.facts.requester)
    return known


async def known_engineer(
    connection: Any, desk: str, engineer: str, *, held: bool = False
) -> Engineer:
    """The desk's engineer; held: as he is until the transaction's end. Raises
    Refused(engineer-unknown).
    """
    row = await connection.fetchrow(PRESENT if held else ONE, desk, engineer)
    if row is None:
        raise Refused([Violation(rule="engineer-unknown", field="engineer", detail=engineer)])
    return as_engineer(row)


def newest_policy(runtime: Runtime, desk: str) -> Policy:
    """The desk's rules of now. Raises NotFound."""
    try:
        return runtime.policies.newest(desk).policy
    except NotYet as fault:
        raise NotFound("desk", desk) from fault


def policy_of(runtime: Runtime, known: Known) -> Policy:
    """The rules that the ticket stands under."""
    if known.policy_version is None:
        return runtime.policies.newest(known.desk).policy
    return runtime.policies.get(known.desk, known.policy_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A command about a ticket on its way in. expected: the version of If-Match."""

    runtime: Runtime
    ticket: str
    known: Known
    context: Context
    expected: int | None = None

    def submission(
        self,
        command: TicketCommand,
        answer: Callable[[Sequence[Envelope]], Answer],
        rows: tuple[tuple[str, tuple[object, ...]], ...] = (),
    ) -> Submission[Any, Any]:
        """The command for the ticket's stream."""
        runtime, known = self.runtime, self.known

        def decider_for(version: int | None) -> Any:
            policy = policy_of(runtime, known)
            if version is not None:
                policy = runtime.policies.get(known.desk, version)
            return ticket_decider(policy)

        return Submission(
            stream=f"ticket/{self.ticket}",
            subject=self.ticket,
            desk=known.desk,
            command=command,
            decider_for=decider_for,
            context=self.context,
            policy_version=known.policy_version,
            expected=self.expected,
            answer=answer,
            rows=rows,
        )

    async def standing(self, connection: Any = None) -> dict[str, Any]:
        """Level, engineer and version as they are now."""
        row = await (connection or self.runtime.pool).fetchrow(ASSIGNMENT, self.ticket)
        return {
            "level": row["level"] if row else "",
            "engineer": row["engineer"] if row else None,
            "version": row["version"] if row else 0,
        }

    def shown(self, standing: dict[str, Any]) -> dict[str, Any]:
        """The ticket as escalation's routes answer it."""
        facts = self.known.facts
        return {
            "id": self.ticket,
            "ticket": self.ticket,
            "number": facts.number,
            "desk": self.known.desk,
            "priority": facts.priority,
            "category": facts.category,
            "department": facts.department,
            **standing,
        }

    def answer(self, before: dict[str, Any]) -> Callable[[Sequence[Envelope]], Answer]:
        """The answer that goes with the events: the ticket after them."""

        def answer(envelopes: Sequence[Envelope]) -> Answer:
            standing = after(before, envelopes)
            headers = (("ETag", etag(standing["version"])),)
            return answer_json(self.shown(standing), headers=headers)

        return answer


def after(before: dict[str, Any], envelopes: Sequence[Envelope]) -> dict[str, Any]:
    """Level, engineer and version after the events."""
    standing = dict(before)
    for envelope in envelopes:
        event = envelope.event
        standing["version"] = envelope.sequence
        if isinstance(event, Queued | Assigned):
            standing["level"] = event.level
        if isinstance(event, Escalated):
            standing["level"] = event.to_level
        if isinstance(event, Assigned):
            standing["engineer"] = event.engineer
        if isinstance(event, Unassigned | Queued | Escalated):
            standing["engineer"] = None
    return standing
