"""When the load has ended: all that is on its way arrives, then everything is counted."""

from collections import Counter

from reglament.clock import now
from reglament_local.chaos import commands
from reglament_local.chaos import desk as own
from reglament_local.chaos.checks import findings
from reglament_local.chaos.drain import drained
from reglament_local.chaos.evidence import Evidence, Finding
from reglament_local.chaos.house import House
from reglament_local.chaos.journal import Journal
from reglament_local.chaos.load import TOLD
from reglament_local.chaos.reading import gathered
from reglament_local.console import say_aside
from reglament_local.demo.receiver import Receiver


async def reckoned(
    house: House, journal: Journal, receiver: Receiver
) -> tuple[Evidence, list[Finding]]:
    """What is there, and what is wrong with it (docs/chaos.md)."""
    say_aside("draining ...")
    found: list[Finding] = []
    try:
        await drained(house, journal)
    except TimeoutError as fault:
        found.append(Finding(kind="hung", what=str(fault)))
    as_of = now()
    evidence = await gathered(house, journal)
    evidence.subscribed = (own.NAME, TOLD)
    evidence.told = Counter(
        headers["webhook-id"].removeprefix("msg_") for headers, _ in receiver.requests
    )
    found += findings(evidence)
    found += await commands.clocks(house, as_of)
    found += await commands.projections(house)
    return evidence, found
