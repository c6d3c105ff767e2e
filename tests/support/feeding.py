"""A service's process that is fed as its consumer feeds it, without Kafka."""

from typing import Any

from reglament import clock
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope
from reglament.messaging.consumption import Consumption
from reglament.policy.loader import validate
from reglament.policy_book import keep_policy
from reglament.runtime import Runtime
from reglament.testing import SYSTEM


async def feed(runtime: Runtime, reads: Consumption, *envelopes: Envelope) -> None:
    """A batch of events in one transaction."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        for projection in reads.projections:
            await projection.apply(connection, envelopes)
        if reads.react is not None:
            await reads.react(connection, envelopes)


async def hand(
    runtime: Runtime, reads: Consumption, topic: str, key: str, value: dict[str, Any] | None
) -> None:
    """A raw record; value None: it was deleted."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        await reads.records[topic](connection, [(key, value)])


async def publish(runtime: Runtime, policy: dict[str, Any], version: int = 1) -> None:
    """A desk's rules, in that version."""
    validate(policy)
    published = PolicyPublished(
        at=clock.now(),
        actor=SYSTEM,
        desk=policy["desk"],
        version=version,
        document=policy,
        digest="-",
    )
    async with runtime.pool.acquire() as connection:
        await keep_policy(connection, published)
    await runtime.policies.refresh()
