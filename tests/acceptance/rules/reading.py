"""What answers and letters say, as tests of rules read it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.rules.desk import DeskInUse

MOSCOW = ZoneInfo("Europe/Moscow")


def instant(written: str) -> datetime:
    """An answer's instant."""
    return datetime.fromisoformat(written)


def moscow(wall: str) -> datetime:
    """An instant by Moscow's clocks."""
    return instant(wall).replace(tzinfo=MOSCOW)


def same(written: str | None, at: datetime) -> bool:
    """Whether an answer's instant is that one."""
    return written is not None and instant(written) == at


def listed(text: str) -> list[str]:
    """The points that a letter lists."""
    return [line for line in text.splitlines() if line.startswith("- ")]


async def refusals(desk: DeskInUse, channel: str) -> float:
    """How often intake's metric counts that the desk refused the channel."""
    text = (await desk.system.http.get(desk.system.ready["metrics"]["intake"])).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.endswith("requests_refused_total")
        and (sample.labels["desk"], sample.labels["channel"]) == (desk.name, channel)
        and sample.labels["kind"] == "channel-not-accepted"
    )
