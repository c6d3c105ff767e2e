"""Since when new tickets go by which holidays (semantics 6).

A release may bring newer data. Tickets that were recorded before a process first ran with it keep
theirs until they are moved to it by an event, previewed like a policy.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reglament.calendars.holidays import editions, newest_edition
from reglament.calendars.zones import TZ_VERSION
from sla_clock.domain.target import Editions, editions_of

BEGINNING = datetime.min.replace(tzinfo=UTC)
TZ = "tz"
# The first that is known of a name has always held; of two processes that start one says it.
ADOPT = """
INSERT INTO calendar_editions (name, edition, since)
SELECT n.name, n.edition, CASE WHEN EXISTS (SELECT FROM calendar_editions e WHERE e.name = n.name)
  THEN $3::timestamptz ELSE '-infinity' END
FROM unnest($1::text[], $2::text[]) n(name, edition)
ON CONFLICT DO NOTHING RETURNING name, since > '-infinity' AS is_newer"""
ADOPTED = f"""
SELECT name, edition::int AS edition, nullif(since, '-infinity') AS since FROM calendar_editions
WHERE name <> '{TZ}'"""  # noqa: S608 - a constant


class EditionBook:
    """By which holidays a ticket began. adopted: since when which region has which version."""

    def __init__(self, adopted: Iterable[tuple[datetime, str, int]] = ()) -> None:
        """Without any, all tickets began by the newest."""
        rows = sorted(adopted)
        held = {region: newest_edition(region) for region in editions()}
        held |= {region: edition for _, region, edition in reversed(rows)}
        self._since, self._held = [BEGINNING], [editions_of(held)]
        for since, region, edition in rows:
            held[region] = edition
            self._since.append(since)
            self._held.append(editions_of(held))

    def at(self, moment: datetime) -> Editions:
        """Those by which a ticket recorded at that moment began."""
        return self._held[bisect_right(self._since, moment) - 1]


async def adopt(connection: Any, now: datetime) -> set[str]:
    """From now on new tickets go by what this release knows; the names of what is newer: a region,
    or TZ.
    """
    known = {region: str(newest_edition(region)) for region in editions()} | {TZ: TZ_VERSION}
    rows = await connection.fetch(ADOPT, list(known), list(known.values()), now)
    return {row["name"] for row in rows if row["is_newer"]}


async def load_editions(connection: Any) -> EditionBook:
    """What has been adopted by now."""
    rows = await connection.fetch(ADOPTED)
    return EditionBook((row["since"] or BEGINNING, row["name"], row["edition"]) for row in rows)
