"""How far a rebuild is, and what came of it: a row that the service shows (architecture 9)."""

import time
from dataclasses import asdict, dataclass
from typing import Any, Self

import msgspec

from reglament.rebuild import Rebuilt

LOCK_SPACE = 0x7265_6275  # "rebu"
OFTEN_SECONDS = 0.5
HELD = """
SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {space}::bigint::oid
    AND objid = (hashtext({name})::bigint & 4294967295)::oid"""
START = "INSERT INTO rebuilds (id, projection, accept, shown) VALUES ($1, $2, $3, $4)"
ONE = f"""
SELECT id, projection, accept, shown, phase, events, total, result::text AS result, fault,
    started_at, updated_at, extract(epoch FROM updated_at - started_at)::float8 AS seconds,
    phase NOT IN ('swapped', 'different', 'failed')
        AND clock_timestamp() - updated_at >
            CASE phase WHEN 'starting' THEN interval '3 min' ELSE interval '20 s' END
        AND NOT EXISTS ({HELD.format(space=LOCK_SPACE, name="projection")}) AS is_interrupted
FROM rebuilds WHERE id = $1"""  # noqa: S608 - constants
IS_HELD = f"SELECT EXISTS ({HELD.format(space='$1', name='$2')})"
TELL = """
UPDATE rebuilds SET phase = $2, events = $3, total = $4, updated_at = clock_timestamp()
WHERE id = $1"""
END = """
UPDATE rebuilds SET phase = $2, events = $3, total = $3, result = $4, updated_at = clock_timestamp()
WHERE id = $1"""
FAIL = """
UPDATE rebuilds SET phase = 'failed', fault = $2, updated_at = clock_timestamp()
WHERE id = $1 AND phase NOT IN ('swapped', 'different', 'failed')"""


class Running(RuntimeError):
    """This projection is being built by another process."""


async def lock(connection: Any, projection: str) -> None:
    """Be the only one, as long as the connection lasts. Raises Running."""
    asked = "SELECT pg_try_advisory_lock($1, hashtext($2))"
    if not await connection.fetchval(asked, LOCK_SPACE, projection):
        raise Running(f"{projection} is being rebuilt by another process")


async def is_held(connection: Any, projection: str) -> bool:
    """Whether somebody builds it now."""
    return bool(await connection.fetchval(IS_HELD, LOCK_SPACE, projection))


async def start(
    connection: Any, identity: str, projection: str, *, accept: bool, shown: int
) -> None:
    """Write down that it was asked for."""
    await connection.execute(START, identity, projection, accept, shown)


async def read(connection: Any, identity: str) -> dict[str, Any] | None:
    """What is known of it; None: no such rebuild. A phase `interrupted`: whoever built it died."""
    row = await connection.fetchrow(ONE, identity)
    if row is None:
        return None
    shown = dict(row)
    shown["result"] = row["result"] and msgspec.json.decode(row["result"])
    if shown.pop("is_interrupted"):
        shown["phase"] = "interrupted"
    return shown


async def fail(connection: Any, identity: str, fault: str) -> None:
    """It came to nothing; no effect where its end is known already."""
    await connection.execute(FAIL, identity, fault)


@dataclass(slots=True, kw_only=True)
class RebuildLog:
    """The row of one rebuild, as its builder writes it. The connection is its own."""

    connection: Any
    identity: str
    accept: bool
    shown: int
    _phase: str = ""
    _told_at: float = 0.0

    @classmethod
    async def of(cls, connection: Any, identity: str) -> Self:
        """The row that the service wrote. Raises LookupError."""
        row = await read(connection, identity)
        if row is None:
            raise LookupError(f"no rebuild {identity}")
        return cls(
            connection=connection, identity=identity, accept=row["accept"], shown=row["shown"]
        )

    async def told(self, phase: str, events: int, total: int) -> None:
        """Twice a second, and at every new phase."""
        moment = time.monotonic()
        if phase != self._phase or moment - self._told_at > OFTEN_SECONDS:
            self._phase, self._told_at = phase, moment
            await self.connection.execute(TELL, self.identity, phase, events, total)

    async def end(self, result: Rebuilt) -> None:
        """What came of it."""
        phase = "swapped" if result.swapped else "different"
        document = msgspec.json.encode({**asdict(result), "is_same": result.is_same}).decode()
        await self.connection.execute(END, self.identity, phase, result.events, document)
