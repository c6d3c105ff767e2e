# ruff: noqa: S608 - every statement is made of constants
"""What somebody with the database's password may do to a stored history, at random."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from reglament.events.envelope import Envelope, chained
from reglament.eventstore.reading import load_many

HEX = "'0123456789abcdef', '123456789abcdef0'"
COLUMNS = {
    "id": "gen_random_uuid()",
    "source": "source || 'x'",
    "type": "'TicketReopened' || type",
    "schema_version": "schema_version + 1",
    "subject": "subject || 'x'",
    "desk": "desk || 'x'",
    "at": "at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 second'",
    "causation_id": "coalesce(causation_id, '') || 'x'",
    "correlation_id": "coalesce(correlation_id, '') || 'x'",
    "policy_version": "coalesce(policy_version, 0) + 1",
    "topic": "topic || 'x'",
    "position": "position + 100000000",
    "prev_hash": f"translate(prev_hash, {HEX})",
    "hash": f"translate(hash, {HEX})",
}
WHERE = "WHERE stream = $1 AND version = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What was done to which history; at: the versions at which it may be found."""

    what: str
    stream: str
    at: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vandal:
    """Changes one history within a transaction that is rolled back afterwards."""

    connection: Any
    dice: random.Random

    async def strike(self, stream: str, version: int) -> Mutation:
        """Something; `version`: how long the history is."""
        ways: tuple[Callable[[str, int], Awaitable[Mutation]], ...] = (
            self._column,
            self._bit,
            self._delete,
            self._swap,
            self._cut,
            self._cut_with_its_stream,
            self._hash_anew,
            self._forget,
        )
        return await self.dice.choice(ways)(stream, version)

    async def _column(self, stream: str, version: int) -> Mutation:
        name, at = self.dice.choice(sorted(COLUMNS)), self.dice.randint(1, version)
        await self._do(f"UPDATE events SET {name} = {COLUMNS[name]} {WHERE}", stream, at)
        # The last one's new position is after all others still: no change that means anything.
        if name == "position" and at == version:
            return await self._bit(stream, version)
        found = at + 1 if name == "position" else at
        return Mutation(what=name, stream=stream, at=frozenset((found,)))

    async def _bit(self, stream: str, version: int) -> Mutation:
        at = self.dice.randint(1, version)
        size = await self.connection.fetchval(
            f"SELECT length(data) FROM events {WHERE}", stream, at
        )
        bit = self.dice.randrange(size * 8)
        flip = "set_bit(data, $3, 1 - get_bit(data, $3))"
        await self._do(f"UPDATE events SET data = {flip} {WHERE}", stream, at, bit)
        return Mutation(what="bit", stream=stream, at=frozenset((at,)))

    async def _delete(self, stream: str, version: int) -> Mutation:
        at = self.dice.randint(1, version)
        await self._do(f"DELETE FROM events {WHERE}", stream, at)
        return Mutation(what="delete", stream=stream, at=frozenset((at,)))

    async def _swap(self, stream: str, version: int) -> Mutation:
        one, other = sorted(self.dice.sample(range(1, version + 1), 2))
        for now, then in ((one, -1), (other, one), (-1, other)):
            await self._do(f"UPDATE events SET version = $3 {WHERE}", stream, now, then)
        return Mutation(what="swap", stream=stream, at=frozenset((one,)))

    async def _cut(self, stream: str, version: int) -> Mutation:
        at = self.dice.randint(1, version)
        await self._do("DELETE FROM events WHERE stream = $1 AND version >= $2", stream, at)
        return Mutation(what="cut", stream=stream, at=frozenset((at,)))

    async def _cut_with_its_stream(self, stream: str, version: int) -> Mutation:
        at = self.dice.randint(2, version)
        await self._cut_at(stream, at)
        head = "SELECT hash FROM events WHERE stream = $1 AND version = $2 - 1"
        await self._do(
            f"UPDATE streams SET version = $2 - 1, head = ({head}) WHERE stream = $1", stream, at
        )
        return Mutation(what="cut with its stream", stream=stream, at=frozenset((at,)))

    async def _cut_at(self, stream: str, at: int) -> None:
        await self._do("DELETE FROM events WHERE stream = $1 AND version >= $2", stream, at)

    async def _hash_anew(self, stream: str, version: int) -> Mutation:
        """The most thorough: another event, and every hash after it, and the stream's head."""
        at = self.dice.randint(1, version)
        history = (await load_many(self.connection, [stream], lock=False))[stream]
        previous = history[at - 1].prev_hash
        for envelope in history[at - 1 :]:
            desk = "forged" if envelope.sequence == at else envelope.desk
            forged = chained(msgspec.structs.replace(envelope, desk=desk), previous)
            await self._store(stream, forged)
            previous = forged.hash
        await self._do("UPDATE streams SET head = $2 WHERE stream = $1", stream, previous)
        return Mutation(what="hashed anew", stream=stream, at=frozenset((version,)))

    async def _store(self, stream: str, forged: Envelope) -> None:
        await self._do(
            f"UPDATE events SET desk = $3, prev_hash = $4, hash = $5 {WHERE}",
            stream,
            forged.sequence,
            *(forged.desk, forged.prev_hash, forged.hash),
        )

    async def _forget(self, stream: str, _: int) -> Mutation:
        await self._cut_at(stream, 1)
        await self._do("DELETE FROM streams WHERE stream = $1", stream)
        return Mutation(what="forgotten", stream=stream, at=frozenset((1,)))

    async def _do(self, statement: str, *values: object) -> None:
        await self.connection.execute(statement, *values)
