"""Policies, published while running."""

import pytest
import yaml

from tests.integration.intake.conftest import POLICY, Intake, request

pytestmark = pytest.mark.integration
PATH = "/desks/north/policy"


async def test_the_same_document_again_is_the_same_version(intake: Intake) -> None:
    reordered = dict(reversed(POLICY.items()))
    headers = {"Authorization": "Bearer admin", "Content-Type": "application/yaml"}
    text = yaml.safe_dump(reordered, sort_keys=False)
    answer = await intake.client.put(f"/v1{PATH}", content=text, headers=headers)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert not answer.json()["published"]


async def test_a_change_takes_effect_at_once_and_old_versions_stay(intake: Intake) -> None:
    changed = {**POLICY, "name": "North by north"}
    dry = await intake.call("PUT", f"{PATH}?dry_run=true", changed, key="admin")
    assert (dry.json()["version"], dry.json()["published"]) == (2, False)
    answer = await intake.call("PUT", PATH, changed, key="admin")
    assert (answer.json()["version"], answer.headers["ETag"]) == (2, '"2"')
    newest = await intake.get(PATH)
    assert (newest["version"], newest["policy"]) == (2, changed)
    assert (await intake.get(f"{PATH}?version=1"))["policy"] == POLICY
    desks = (await intake.get("/desks"))["items"]
    assert [(desk["desk"], desk["name"]) for desk in desks] == [("north", "North by north")]


async def test_a_new_desk_works_as_soon_as_it_is_published(intake: Intake) -> None:
    await intake.publish(desk="west", number="W-{sequence}")
    answer = await intake.call("POST", "/desks/west/tickets", request(), key="admin")
    assert answer.json()["number"] == "W-1"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("desk: [", None),
        ("- a", None),
        ("desk: north", "name"),
        (yaml.safe_dump({**POLICY, "colour": "red"}), "colour"),
        (yaml.safe_dump({**POLICY, "desk": "south"}), "desk"),
    ],
    ids=["yaml", "list", "missing", "unknown", "other-desk"],
)
async def test_a_faulty_policy_is_refused_whole(
    intake: Intake, text: str, field: str | None
) -> None:
    headers = {"Authorization": "Bearer admin"}
    answer = await intake.client.put(f"/v1{PATH}", content=text, headers=headers)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("/policy-invalid")
    assert field in {violation["field"] for violation in problem["violations"]}
    assert (await intake.get(PATH))["version"] == 1


async def test_only_an_admin_publishes_and_at_the_version_that_they_saw(intake: Intake) -> None:
    assert (await intake.call("PUT", PATH, POLICY)).status_code == 403
    changed = {**POLICY, "name": "X"}
    late = await intake.call("PUT", PATH, changed, key="admin", If_Match='"7"')
    assert late.status_code == 412


async def test_the_events_are_described(intake: Intake) -> None:
    answer = await intake.client.get("/asyncapi.yaml")
    document = yaml.safe_load(answer.text)
    assert document["asyncapi"] == "3.0.0"
    assert "TicketOpened" in document["components"]["messages"]
