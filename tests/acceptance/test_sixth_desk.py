"""A desk made up of keys alone is published while all runs, and takes its first tickets."""

import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reglament.policy.loader import parse
from reglament_local.demo.publishing import published
from reglament_local.demo.system import Desk, System
from tests.acceptance.writer import Writer

pytestmark = pytest.mark.acceptance

DOCUMENT = Path(__file__).parents[2] / "docs" / "desks.md"
SERVICES = ("intake", "sla_clock", "escalation", "notifier")


def written(name: str) -> dict[str, Any]:
    """The first desk of docs/desks.md, under a name that no other run has."""
    example = re.search(r"^```yaml\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    document = parse(example[1])
    mailbox = document["mailbox"] | {"address": f"support@{name}.example"}
    return document | {"desk": name, "mailbox": mailbox}


async def started(system: System) -> list[float]:
    """Since when each service runs."""
    found = []
    for service in SERVICES:
        text = (await system.http.get(f"{system.ready[service]}/metrics")).text
        families = text_string_to_metric_families(text)
        (since,) = (each for each in families if each.name == "process_start_time_seconds")
        found.append(since.samples[0].value)
    return found


async def test_a_desk_published_while_all_runs_takes_its_tickets_with_no_restart(
    site: System,
) -> None:
    before = await started(site)
    desk = await published(site, written(f"vetlab-{site.run}"))
    await first_by_form(desk)
    await first_by_letter(desk)
    assert await started(site) == before
    rest = {key: value for key, value in written(desk.name).items() if key != "mailbox"}
    admin = site.key("", "admin")
    await site.call("PUT", f"/desks/{desk.name}/policy", key=admin, body=rest, status=200)


async def first_by_form(desk: Desk) -> None:
    """Registered, confirmed in French, its clock by the desk's own hours, worked on and closed."""
    client = desk.system.address("morel")
    ticket = await desk.open(
        {
            "channel": "web",
            "category": "emergency",
            "subject": "Hémogramme urgent",
            "description": "Chien opéré ce soir, résultat attendu.",
            "fields": {"animal": "Rex, chien"},
            "requester": {"name": "Dr Morel", "email": client},
        }
    )
    assert ticket["number"] == "VET-00001"
    letter = await Writer(desk=desk, address=client).answered("VET-00001")
    assert "Bonjour" in letter.text
    clock = await desk.clock_is(ticket["id"], "first_response", "running")
    assert (clock["within"], clock["calendar"]) == ("30m", "always")
    handling = await desk.clock_is(ticket["id"], "handling", "running")
    assert (handling["within"], handling["calendar"]) == ("2 business days", "bench")
    await desk.happened(ticket["id"], "Queued")
    engineer = await desk.engineer("louise", "bench", languages=["fr"])
    taken = await desk.claim(engineer)
    assert taken is not None
    assert taken["ticket"] == ticket["id"]
    await desk.status(ticket["id"], "in_progress")
    await desk.act(ticket["id"], "resolution", {"text": "Résultat joint."})
    await desk.clock_is(ticket["id"], "first_response", "met")
    assert (await desk.act(ticket["id"], "closure"))["status"] == "closed"


async def first_by_letter(desk: Desk) -> None:
    """Read out of the new desk's mailbox; one that lacks what the category needs is returned."""
    petit = Writer(desk=desk, address=desk.system.address("petit"))
    letter = petit.letter("Facture 118", body="Le montant est faux.\n\nCatégorie : Facture\n")
    fate = await petit.sent(letter)
    assert fate["outcome"] == "ticket"
    ticket = await desk.ticket(fate["ticket"])
    shown = (ticket["category"], ticket["department"], ticket["number"])
    assert shown == ("invoice", "accounts", "VET-00002")
    lacking = petit.letter("Tube cassé", body="Le tube est cassé.\n\nCatégorie : Prélèvement\n")
    fate = await petit.sent(lacking)
    assert fate["outcome"] == "returned"
    (broken,) = (await desk.ticket(fate["ticket"]))["violations"]
    assert broken["field"] == "fields.animal"
