"""Which phases a command fits; any other is a refusal that names the phase found."""

from intake.domain.ticket import Phase, Ticket
from reglament.errors import Refused, Violation

KIND = "status-conflict"
LIVE: tuple[Phase, ...] = ("open", "waiting", "deferred")


def refuse_unless(state: Ticket, *phases: Phase) -> None:
    """Raises Refused(status-conflict) unless the ticket is in one of the phases."""
    if state.phase not in phases:
        violation = Violation(rule="not-in-this-status", field="status", detail=state.phase)
        raise Refused([violation], kind=KIND)
