"""A ticket opened, followed, escalated, answered: `python example.py ORIGIN INTEGRATOR AGENT`."""

import sys
import time
import uuid

from reglament_client import escalation, intake, sla_clock
from reglament_client.escalation.api.escalations import escalate
from reglament_client.escalation.models import EscalationAsked
from reglament_client.intake.api.actions import resolve
from reglament_client.intake.api.tickets import list_tickets, open_ticket, read_ticket
from reglament_client.intake.models import NewRequester, NewResolution, NewTicket, Problem, Ticket
from reglament_client.sla_clock.api.sla import get_ticket_sla


def main(origin: str, integrator: str, agent: str) -> None:
    """Each answer is what the document says, or a Problem."""
    ours = intake.AuthenticatedClient(base_url=origin, token=integrator)
    desk = intake.AuthenticatedClient(base_url=origin, token=agent)
    ann = NewRequester(name="Ann", email="ann@client.example")
    request = NewTicket("web", ann, "No connection", "Since 10:40.", priority="critical")
    key = f'"{uuid.uuid4()}"'  # noqa: TID251 - a client's own
    ticket = open_ticket.sync("remsys", client=ours, body=request, idempotency_key=key)
    again = open_ticket.sync("remsys", client=ours, body=request, idempotency_key=key)
    assert isinstance(ticket, Ticket) and isinstance(again, Ticket)  # noqa: S101, PT018
    assert again.id == ticket.id  # noqa: S101 - the same key, the same ticket
    clocks = sla_clock.AuthenticatedClient(base_url=origin, token=agent)
    for _ in range(120):  # the other services hear of it within a second, as a rule
        found = get_ticket_sla.sync_detailed(ticket.id, client=clocks)
        if found.status_code == 200:
            break
        time.sleep(0.5)
    queues = escalation.AuthenticatedClient(base_url=origin, token=agent)
    asked = EscalationAsked(reason="Level one cannot mend it.")
    escalated = escalate.sync_detailed(ticket.id, client=queues, body=asked)
    answered = resolve.sync(ticket.id, client=desk, body=NewResolution(text="Mended."))
    newest = read_ticket.sync(ticket.id, client=ours)
    listed = list_tickets.sync(client=desk, desk="remsys", limit=100)
    refused = open_ticket.sync("no-such-desk", client=ours, body=request)
    assert isinstance(answered, Ticket) and isinstance(newest, Ticket)  # noqa: S101, PT018
    assert isinstance(refused, Problem)  # noqa: S101
    assert ticket.id in {each.id for each in listed.items}  # noqa: S101
    said = (newest.number, newest.status, int(found.status_code), int(escalated.status_code))
    print(*said, refused.status)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
