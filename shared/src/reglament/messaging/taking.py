"""Takes records within an open transaction: guard, effects, dead letters (architecture 4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reglament.errors import NotYet
from reglament.eventstore.together import Together
from reglament.messaging.consumption import Consumption
from reglament.messaging.dead_letter import bury, exhume, park, unpark
from reglament.messaging.faults import is_passing
from reglament.messaging.inbox import Sorted, load_known, save_blocks, save_moved, sort_out
from reglament.messaging.incoming import Incoming, poisoned
from reglament.projections import apply_all


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of the records of a transaction.

    records: how many of those handed over are dealt with, in order.
    """

    effective: list[Incoming] = field(default_factory=list)
    unknown: list[Incoming] = field(default_factory=list)
    dead: list[Incoming] = field(default_factory=list)
    parked: int = 0
    duplicates: int = 0
    records: int = 0

    def add(self, other: "Taken") -> None:
        """Count another part of the same transaction in; `records` is the caller's own."""
        self.effective.extend(other.effective)
        self.unknown.extend(other.unknown)
        self.dead.extend(other.dead)
        self.parked += other.parked
        self.duplicates += other.duplicates


async def take(connection: Any, consumption: Consumption, batch: Sequence[Incoming]) -> Taken:
    """All of them at once: the fast way. Any fault leaves the transaction to be rolled back."""
    sorted_out = sort_out(batch, await load_known(connection, batch))
    await _effects(connection, consumption, sorted_out)
    await save_blocks(connection, sorted_out.blocks)
    await bury(connection, sorted_out.dead, consumption.dead_letter)
    await park(connection, sorted_out.parked)
    result = Taken(
        effective=sorted_out.taken,
        records=len(batch),
        duplicates=sorted_out.duplicates,
        unknown=sorted_out.unknown,
        parked=len(sorted_out.parked),
        dead=sorted_out.dead,
    )
    for subject in sorted_out.filled:
        drained = Taken()
        await take_each(connection, consumption, await unpark(connection, subject), drained)
        result.add(drained)
    return result


async def take_each(
    connection: Any, consumption: Consumption, batch: Sequence[Incoming], result: Taken
) -> None:
    """One by one, each in a savepoint; one whose data is at fault becomes a dead letter.

    `result` grows with every record that is taken. Raises NotYet and faults that pass, with the
    records before already taken: the transaction still stands.
    """
    for incoming in batch:
        try:
            async with connection.transaction():
                part = await take(connection, consumption, (incoming,))
        except NotYet:
            raise
        except Exception as fault:
            if is_passing(fault):
                raise
            cause = f"{type(fault).__name__}: {fault}"
            part = await take(connection, consumption, (poisoned(incoming, cause, "refused"),))
        result.add(part)
        result.records += 1


async def redrive(connection: Any, consumption: Consumption, subject: str) -> Taken:
    """Take a subject's dead letters and all that waited behind them, in order, once more.

    What still cannot be taken is a dead letter again, and the rest waits behind it again.
    """
    result = Taken()
    async with connection.transaction():
        waiting = await exhume(connection, subject)
        await take_each(connection, consumption, waiting, result)
    return result


async def _effects(connection: Any, consumption: Consumption, found: Sorted) -> None:
    """What projections and inbox write is one statement, before anything that reacts reads it."""
    records: dict[str, list[tuple[str, dict[str, Any] | None]]] = defaultdict(list)
    envelopes = []
    for incoming in found.taken:
        if incoming.envelope is not None:
            envelopes.append(incoming.envelope)
        else:
            records[incoming.topic].append((incoming.subject, incoming.record))
    for topic, rows in records.items():
        if handler := consumption.records.get(topic):
            await handler(connection, rows)
    together = Together(connection)
    if envelopes:
        await apply_all(together, consumption.projections, envelopes)
    await save_moved(together, found.moved)
    await together.send()
    if envelopes and consumption.react is not None:
        await consumption.react(connection, envelopes)
