"""Keeps what a release said: `python -m tests.contract.record v0.2` beside a running system.

After `make demo`: each desk's histories go to histories/<release>, with what this code makes of
them; the schemas of all events go to released/<release>. Neither is ever edited or made again.
"""

import argparse
import asyncio
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from reglament.policy.loader import validate
from tests.contract.histories.replay import FOLDER as HISTORIES
from tests.contract.histories.replay import envelopes_of, outcome

HERE = Path(__file__).parent
RELEASED = HERE / "released"
SCHEMAS = HERE.parents[1] / "docs/contract/events"
ROWS = "SELECT to_jsonb(h)::text FROM history_v1 h ORDER BY ticket, source, sequence"
POLICIES = "SELECT to_jsonb(p)::text FROM policies p"
A_DESK = 4
Rows = Sequence[Mapping[str, Any]]


async def read_rows(dsn: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every event, every policy, out of intake's database."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = [json.loads(row[0]) for row in await connection.fetch(ROWS)]
        return rows, [json.loads(row[0]) for row in await connection.fetch(POLICIES)]
    finally:
        await connection.close()


def chosen(tickets: Mapping[str, Rows]) -> list[str]:
    """A few tickets in which as many kinds of events happen as there are, the longest first."""
    left = sorted(tickets, key=lambda ticket: (-len(tickets[ticket]), ticket))
    seen: set[str] = set()
    found: list[str] = []
    for ticket in left:
        kinds = {row["type"] for row in tickets[ticket]}
        if kinds - seen and len(found) < A_DESK:
            seen |= kinds
            found.append(ticket)
    return found


def kept(rows: Rows, policies: Rows) -> dict[str, dict[str, Any]]:
    """Desk -> its file: the rules, the histories, what this code makes of them."""
    documents = {(each["desk"], each["version"]): each["document"] for each in policies}
    by_desk: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_desk[row["desk"]][row["ticket"]].append(row)
    return {
        desk: {"tickets": [_ticket(desk, tickets[one], documents) for one in chosen(tickets)]}
        for desk, tickets in by_desk.items()
    }


def _ticket(
    desk: str, rows: Rows, documents: Mapping[tuple[str, int], Mapping[str, Any]]
) -> dict[str, Any]:
    history = envelopes_of(rows)
    version = max(one.policy_version or 0 for one in history)
    document = documents[desk, version]
    bodies = {one.id: one.data.decode() for one in history}
    return {
        "ticket": history[0].subject,
        "policy_version": version,
        "policy": document,
        "events": [{**row, "body": bodies[row["key"]]} for row in rows],
        "expected": outcome(validate(dict(document)), version, history),
    }


def record(release: str, rows: Rows, policies: Rows) -> list[Path]:
    """Write both folders. Raises FileExistsError for a release that is kept already."""
    folder, schemas = HISTORIES / release, RELEASED / release
    folder.mkdir(parents=True)
    written = []
    for desk, document in sorted(kept(rows, policies).items()):
        file = folder / f"{desk}.json"
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        written.append(file)
    if not schemas.exists():
        shutil.copytree(SCHEMAS, schemas)
    return [*written, schemas]


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    parser.add_argument("--ready", default=".run/ready.json", help="of the running system")
    said = parser.parse_args()
    dsn = json.loads(Path(said.ready).read_text())["databases"]["intake"]
    for path in record(said.release, *asyncio.run(read_rows(dsn))):
        print(path)  # noqa: T201 - a command


if __name__ == "__main__":
    main()
