"""The two transactions of a consumer: a whole batch at once, or one partition with care."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from reglament.failpoints import failpoint
from reglament.messaging import offsets
from reglament.messaging.consumption import Consumption
from reglament.messaging.faults import is_passing
from reglament.messaging.incoming import Incoming
from reglament.messaging.taking import Taken, take, take_each

Batch = Mapping[TopicPartition, Sequence[Incoming]]
Epochs = Mapping[TopicPartition, int]


@dataclass(slots=True, kw_only=True)
class Committed:
    """What a transaction did. ours: the partitions that the database let us apply;

    fault: why the record after the last taken one must wait, None: all were taken.
    """

    ours: set[TopicPartition]
    taken: Taken = field(default_factory=Taken)
    fault: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Effects and offsets in one transaction each (architecture 4). name: the offsets' owner."""

    name: str
    consumption: Consumption

    async def together(self, connection: Any, batch: Batch, epochs: Epochs) -> Committed:
        """All partitions at once: the fast way. Raises what any of the records raises."""
        async with connection.transaction():
            advances = offsets.advances_of(batch, epochs)
            ours = await offsets.advance(connection, self.name, advances)
            await failpoint("consumer.after_advance")
            records = [one for tp, some in batch.items() if tp in ours for one in some]
            taken = await take(connection, self.consumption, records)
            await failpoint("consumer.before_commit")
        await failpoint("consumer.after_commit")
        return Committed(ours=ours, taken=taken)

    async def alone(
        self,
        connection: Any,
        partition: TopicPartition,
        incoming: Sequence[Incoming],
        epochs: Epochs,
    ) -> Committed:
        """Record by record: what can be taken is committed, the offset stops at what cannot."""
        async with connection.transaction():
            advances = offsets.advances_of({partition: incoming}, epochs)
            done = Committed(ours=await offsets.advance(connection, self.name, advances))
            if done.ours:
                done.fault = await self._each(connection, incoming, done.taken)
            if done.fault is not None:
                held = incoming[done.taken.records].offset
                await offsets.hold(connection, self.name, partition, held)
        return done

    async def _each(
        self, connection: Any, incoming: Sequence[Incoming], taken: Taken
    ) -> Exception | None:
        try:
            await take_each(connection, self.consumption, incoming, taken)
        except Exception as fault:
            if connection.is_closed() or not is_passing(fault):
                raise
            return fault
        return None
