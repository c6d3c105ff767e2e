"""Roots out of the event table, and the event table held against them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from reglament.database import UNBOUNDED
from reglament.events.envelope import GENESIS
from reglament.eventstore import root_files
from reglament.eventstore.reading import settled
from reglament.eventstore.root_files import Head
from reglament.eventstore.root_signing import Signer
from reglament.eventstore.roots import Leaf, Root, digest_of, fault_of, tree_of
from reglament.eventstore.store import Proof

LOCK_SPACE = 0x726F_6F74  # "root"
LEAVES = """
SELECT DISTINCT ON (stream COLLATE "C") stream, version, hash FROM events
WHERE position > $1 AND position <= $2 ORDER BY stream COLLATE "C", version DESC"""
COLUMNS = "service, number, at, position, leaves, tree, previous, digest"
ALL = f"SELECT {COLUMNS} FROM roots ORDER BY number"  # noqa: S608 - constants
NEWEST = f"SELECT {COLUMNS} FROM roots ORDER BY number DESC LIMIT 1"  # noqa: S608
COVERING = f"""
SELECT {COLUMNS} FROM roots WHERE position >= $1 ORDER BY number LIMIT 1"""  # noqa: S608
INSERT = f"INSERT INTO roots ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608
# Of each leaf: the hash of its event now, and how far its stream goes.
NOW = """
SELECT asked.place, e.hash,
    (SELECT max(version) FROM events o WHERE o.stream = asked.stream) AS newest
FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS asked(stream, version, place)
LEFT JOIN events e ON e.stream = asked.stream AND e.version = asked.version"""


class RootsDiffer(RuntimeError):
    """The folder holds another root than the one that is to be written."""


async def all_roots(connection: Any) -> list[Root]:
    """As the database says."""
    return [Root(**row) for row in await connection.fetch(ALL)]


async def leaves_of(connection: Any, after: int, position: int) -> list[Leaf]:
    """The newest event of every stream that grew between two positions."""
    return [Leaf(**row) for row in await connection.fetch(LEAVES, after, position, timeout=600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where a service's roots are kept, and who signs them; trusted: keys it signed with before."""

    service: str
    folder: Path
    signer: Signer
    trusted: frozenset[str] = frozenset()

    @property
    def signers(self) -> frozenset[str]:
        """Whose signatures count."""
        return self.trusted | {self.signer.public}


async def write_root(connection: Any, keeping: Keeping, at: datetime) -> Root | None:
    """Write out what came since the last root; None: nothing did. Replicas take turns.

    The file comes first. One that is there already was written by a process that died before it
    could say so here: it is taken, if it says the same of the events. Raises RootsDiffer, OSError.
    """
    position = await settled(connection)
    async with connection.transaction():
        await connection.execute(UNBOUNDED)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_SPACE)
        row = await connection.fetchrow(NEWEST)
        last = Root(**row) if row else None
        root, leaves = await _next(connection, keeping.service, last, position, at)
        if not leaves:
            return None
        try:
            signed = keeping.signer.sign(root.digest)
            await asyncio.to_thread(root_files.write, keeping.folder, root, signed, leaves)
        except FileExistsError:
            root = await _adopted(connection, keeping, root, last)
        await connection.execute(INSERT, *astuple(root))
    return root


async def _next(
    connection: Any, service: str, last: Root | None, position: int, at: datetime
) -> tuple[Root, list[Leaf]]:
    leaves = await leaves_of(connection, last.position if last else 0, position)
    root = Root(
        service=service,
        number=last.number + 1 if last else 1,
        at=at,
        position=position,
        leaves=len(leaves),
        tree=await asyncio.to_thread(tree_of, leaves),
        **({"previous": last.digest} if last else {}),
    )
    return replace(root, digest=digest_of(root)), leaves


async def _adopted(connection: Any, keeping: Keeping, root: Root, last: Root | None) -> Root:
    head, leaves = await asyncio.to_thread(
        root_files.read, keeping.folder, root.service, root.number
    )
    found = await leaves_of(connection, last.position if last else 0, head.root.position)
    fault = _fault_of(head, leaves, root.previous, keeping)
    if fault is not None or found != leaves:
        raise RootsDiffer(f"root {root.number} of {root.service} is there, and says otherwise")
    return head.root


async def check_file(
    connection: Any, keeping: Keeping, number: int
) -> tuple[list[Leaf], str | None]:
    """The leaves of a root that was written out, and what is wrong with the root itself."""
    try:
        head, leaves = await asyncio.to_thread(
            root_files.read, keeping.folder, keeping.service, number
        )
        before = await asyncio.to_thread(_digest_before, keeping, number)
    except FileNotFoundError:
        return [], "no file"
    except (msgspec.MsgspecError, ValueError):
        return [], "unreadable"
    fault = await asyncio.to_thread(_fault_of, head, leaves, before, keeping)
    if fault is None and head.root not in await all_roots(connection):
        fault = "not in the database"
    return leaves, fault


def _fault_of(head: Head, leaves: Sequence[Leaf], before: str, keeping: Keeping) -> str | None:
    fault = fault_of(head.root, leaves, before)
    if fault is None and not head.signed.holds(head.root.digest, keeping.signers):
        fault = "signature"
    return fault


def _digest_before(keeping: Keeping, number: int) -> str:
    if number == 1:
        return GENESIS
    return root_files.read(keeping.folder, keeping.service, number - 1)[0].root.digest


async def leaves_in(keeping: Keeping, number: int) -> list[Leaf]:
    """The leaves of a root that was checked before. Raises FileNotFoundError."""
    found = await asyncio.to_thread(root_files.read, keeping.folder, keeping.service, number)
    return found[1]


async def check_leaves(connection: Any, leaves: Sequence[Leaf]) -> list[Proof]:
    """The streams that do not say any more what they said then, each with the version."""
    rows = await connection.fetch(
        NOW, [leaf.stream for leaf in leaves], [leaf.version for leaf in leaves]
    )
    found = {row["place"]: row for row in rows}
    broken = []
    for place, leaf in enumerate(leaves, 1):
        row = found[place]
        if row["hash"] == leaf.hash:
            continue
        newest = row["newest"] or 0
        is_cut = newest < leaf.version
        broken.append(
            Proof(
                stream=leaf.stream,
                version=newest,
                head=row["hash"] or "",
                broken_at=newest + 1 if is_cut else leaf.version,
                fault="cut" if is_cut else "rewritten",
            )
        )
    return broken


def only(leaves: Sequence[Leaf], streams: Collection[str]) -> list[Leaf]:
    """Those of these streams."""
    return [leaf for leaf in leaves if leaf.stream in streams]


async def covering(connection: Any, stream: str) -> tuple[Root, list[Leaf], int] | None:
    """The newest root that knows the stream, its leaves as the events say them now, and which of
    them is the stream's; None: no root knows it.
    """
    known = await connection.fetchval("SELECT max(position) FROM roots")
    newest = "SELECT max(position) FROM events WHERE stream = $1 AND position <= $2"
    position = await connection.fetchval(newest, stream, known or 0)
    if position is None:
        return None
    root = Root(**await connection.fetchrow(COVERING, position))
    before = "SELECT coalesce(max(position), 0) FROM roots WHERE number < $1"
    leaves = await leaves_of(
        connection, await connection.fetchval(before, root.number), root.position
    )
    index = next(place for place, leaf in enumerate(leaves) if leaf.stream == stream)
    return root, leaves, index
