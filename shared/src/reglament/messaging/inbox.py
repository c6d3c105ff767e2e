"""The last fence: each subject's sequence, per source (reliability b1, Domain guard).

What was taken before is skipped; what comes too early is parked until the gap is filled; what
follows a dead letter of its ticket is parked until the redrive. All other tickets flow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from reglament.events.topics import TICKET_TOPICS
from reglament.messaging.incoming import Incoming

Reason = Literal["gap", "poison"]
Line = tuple[str, str]  # subject, source

# Streams before rows, as where requests are written: else the two wait for each other.
LOCK_STREAMS = "SELECT 1 FROM streams WHERE stream = ANY($1::text[]) ORDER BY stream FOR UPDATE"
# The parts are carried out in their order. The lock of what is blocked makes a redrive of the
# same subject wait, so that nothing is parked behind its back; what it waits for itself is not
# in the other parts, so these count what was blocked at their instant.
KNOWN = f"""
SELECT subject, source, reason, NULL::bigint AS sequence FROM (
    SELECT * FROM blocked WHERE subject = ANY($2::text[]) FOR UPDATE) AS waiting
UNION ALL SELECT NULL, 'blocked', NULL, count(*) FROM blocked WHERE subject = ANY($2::text[])
UNION ALL SELECT NULL, 'locked', NULL, count(*) FROM ({LOCK_STREAMS}) AS locked
UNION ALL SELECT i.subject, i.source, NULL, i.sequence
    FROM unnest($3::text[], $4::text[]) AS asked(subject, source)
    JOIN inbox i USING (subject, source)"""  # noqa: S608 - no value in it
TAKE = """
INSERT INTO inbox AS i (subject, source, sequence)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (subject, source) DO UPDATE SET sequence = excluded.sequence"""
BLOCK = """
INSERT INTO blocked (subject, reason, source) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why a subject waits; source: whose event is missing or poison."""

    reason: Reason
    source: str


@dataclass(slots=True, kw_only=True)
class Known:
    """What the database says of the subjects of a batch; moves on while it is sorted."""

    last: dict[Line, int]
    blocked: dict[str, Block]


@dataclass(slots=True, kw_only=True)
class Sorted:
    """What is to be done with each record of a batch."""

    taken: list[Incoming] = field(default_factory=list)
    parked: list[Incoming] = field(default_factory=list)
    dead: list[Incoming] = field(default_factory=list)
    unknown: list[Incoming] = field(default_factory=list)
    duplicates: int = 0
    moved: dict[Line, int] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    filled: list[str] = field(default_factory=list)


def sort_out(batch: Sequence[Incoming], known: Known) -> Sorted:
    """Decide of each record, in order. Pure but for `known`, which is moved on."""
    result = Sorted()
    for incoming in batch:
        _sort_one(incoming, known, result)
    return result


def _sort_one(incoming: Incoming, known: Known, result: Sorted) -> None:
    line = (incoming.subject, incoming.source)
    last = known.last.get(line, 0)
    if incoming.sequence is not None and incoming.sequence <= last:
        result.duplicates += 1
    elif _waits(incoming, known, last):
        result.parked.append(incoming)
    elif incoming.kind == "poison":
        result.dead.append(incoming)
        if not incoming.is_personal:
            _block(incoming, "poison", known, result)
    elif _is_gap(incoming, last):
        result.parked.append(incoming)
        _block(incoming, "gap", known, result)
    else:
        _take(incoming, line, known, result)


def _waits(incoming: Incoming, known: Known, last: int) -> bool:
    """Whether its subject is blocked, and this is not the very record that was missing."""
    block = known.blocked.get(incoming.subject)
    if block is None:
        return False
    is_missing = block.reason == "gap" and block.source == incoming.source
    return not (is_missing and incoming.kind != "poison" and incoming.sequence == last + 1)


def _is_gap(incoming: Incoming, last: int) -> bool:
    if incoming.sequence is None or incoming.may_have_gaps or incoming.kind == "record":
        return False
    return incoming.sequence > last + 1


def _block(incoming: Incoming, reason: Reason, known: Known, result: Sorted) -> None:
    block = Block(reason=reason, source=incoming.source)
    known.blocked[incoming.subject] = result.blocks[incoming.subject] = block


def _take(incoming: Incoming, line: Line, known: Known, result: Sorted) -> None:
    if incoming.sequence is not None:
        known.last[line] = result.moved[line] = incoming.sequence
    if incoming.kind == "unknown":
        result.unknown.append(incoming)
    else:
        result.taken.append(incoming)
    if incoming.subject in known.blocked and incoming.subject not in result.filled:
        result.filled.append(incoming.subject)


async def load_known(connection: Any, batch: Sequence[Incoming]) -> Known:
    """One look-up for the whole batch, which also locks the streams of its tickets.

    A second one where a redrive of one of its subjects ended meanwhile.
    """
    lines = list({(incoming.subject, incoming.source) for incoming in batch})
    subjects = sorted({subject for subject, _ in lines})
    tickets = {f"ticket/{one.subject}" for one in batch if one.topic in TICKET_TOPICS}
    asked = [line[0] for line in lines], [line[1] for line in lines]
    known, counted = Known(last={}, blocked={}), {}
    for row in await connection.fetch(KNOWN, sorted(tickets), subjects, *asked):
        if row["reason"] is not None:
            known.blocked[row["subject"]] = Block(reason=row["reason"], source=row["source"])
        elif row["subject"] is not None:
            known.last[row["subject"], row["source"]] = row["sequence"]
        else:
            counted[row["source"]] = row["sequence"]
    is_level = counted["blocked"] == len(known.blocked)
    return known if is_level else await load_known(connection, batch)


async def save_moved(connection: Any, moved: Mapping[Line, int]) -> None:
    """The new last sequences, in one statement."""
    if moved:
        lines = sorted(moved)
        await connection.execute(
            TAKE,
            [subject for subject, _ in lines],
            [source for _, source in lines],
            [moved[line] for line in lines],
        )


async def save_blocks(connection: Any, blocks: Mapping[str, Block]) -> None:
    """Newly blocked subjects."""
    for subject, block in sorted(blocks.items()):
        await connection.execute(BLOCK, subject, block.reason, block.source)
