"""What this desk promises and demands, shown over REST and letters."""

import pytest

from reglament_local.demo.pictures import attachment, png
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking

pytestmark = pytest.mark.acceptance

REQUEST = {
    "channel": "web",
    "subject": "Le module ne démarre plus",
    "description": "Après la mise à jour, le module s'arrête au démarrage.",
    "priority": "high",
    "category": "operation",
    "requester": {"name": "Claire Martin", "phone": "+33 1 23 45 67 89", "locale": "fr"},
    "fields": {
        "steps": "1. Installer la 4.2\n2. Démarrer",
        "frequency": "à chaque démarrage",
        "version": "4.2",
    },
    "attachments": [attachment("ecran.png", png())],
}


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await publish("eiler", REQUEST)


@pytest.mark.rule("EIL-01", key=("categories", "scope=open"))
async def test_a_category_of_the_desks_is_registered_and_any_other_is_out_of_scope(
    desk: DeskInUse,
) -> None:
    """A ticket has one of three categories; a request of any other is refused as out of scope."""
    for category in ("installation", "configuration", "operation"):
        ticket = await desk.opened(category=category)
        assert (ticket["category"], ticket["status"]) == (category, "registered")
    problem = await desk.refused(category="accounting")
    assert problem["type"].endswith("rules-violated")
    assert broken(problem) == {"category-out-of-scope"}


@pytest.mark.rule("EIL-07", key="request.fields.frequency")
async def test_a_request_that_does_not_say_how_often_is_returned(desk: DeskInUse) -> None:
    """How often the problem occurs has to be said."""
    ticket = await desk.opened(fields={"frequency": None})
    assert ticket["status"] == "returned"
    assert lacking(ticket) == {"fields.frequency"}
