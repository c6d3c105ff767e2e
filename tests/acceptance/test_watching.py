"""What an operator watches: every panel has data, no series grows with tickets."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reglament.contract.pages import declared_metrics
from reglament_local.debian import binary
from reglament_local.demo.system import System
from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT
from reglament_local.watching.cardinality import LIMIT, series_after
from reglament_local.watching.dashboards import empty_panels
from reglament_local.watching.drills import drill
from reglament_local.watching.load import working
from reglament_local.watching.profile import DRILL, PRODUCTION
from reglament_local.watching.prometheus import SERVICES, prometheus
from tests.support.eventually import eventually

pytestmark = pytest.mark.acceptance
TOOLS = CHECKOUT / ".tools"


@pytest.fixture(scope="module", autouse=True)
def prometheus_is_here() -> None:
    """Debian's is unpacked where there is none."""
    try:
        binary("prometheus", "prometheus", TOOLS)
    except StackError as fault:
        pytest.skip(str(fault))


async def test_every_query_of_every_panel_returns_data(site: System, tmp_path: Path) -> None:
    async with prometheus(site.ready, tmp_path, TOOLS, PRODUCTION) as running, working(site):
        assert await empty_panels(running) == []


async def test_every_metric_has_a_series(site: System) -> None:
    declared = {one.name for metric in declared_metrics() for one in metric.describe()}

    async def all_shown() -> bool:
        found: set[str] = set()
        for service in SERVICES:
            text = (await site.http.get(f"{site.ready[service]}/metrics")).text
            shown = {one.name for one in text_string_to_metric_families(text) if one.samples}
            found |= shown | {name.removesuffix("_info") for name in shown}
        assert declared - found == set()
        return True

    await eventually(all_shown, 60)


async def test_an_alert_rings_when_its_fault_is_made(
    site: System, ready_file: Path, tmp_path: Path
) -> None:
    async with prometheus(site.ready, tmp_path, TOOLS, DRILL) as running:
        assert await drill(running, ready_file, frozenset(["service"])) == []


async def test_no_service_shows_too_many_series(site: System) -> None:
    found = await series_after(site, 4, 40)
    assert max(found.values()) < LIMIT, found
