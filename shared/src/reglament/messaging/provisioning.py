"""Creates a service's own topics; waits, bounded, for those of the others."""

import asyncio
from collections.abc import Collection, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from reglament.events import topics
from reglament.messaging.connecting import Kafka

DAY_MS = 86_400_000
EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
NEWEST = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}
# An erased text must be gone from Kafka within a day (architecture 5).
ERASABLE = {**NEWEST, "max.compaction.lag.ms": str(DAY_MS), "segment.ms": str(DAY_MS)}
DEAD = {"cleanup.policy": "delete", "retention.ms": str(14 * DAY_MS)}
LARGEST_RECORD = 8 * 1024 * 1024
PERSONAL = (topics.CONTACTS, topics.CONTENTS)
PAUSE_SECONDS = 0.25


class TopicsMissing(RuntimeError):
    """Topics that another service owns have not appeared in time."""


def owned_by(service: str) -> tuple[str, ...]:
    """The topics that only this service writes, its dead letter among them."""
    own = (topic for topic, owner in topics.OWNERS.items() if owner == service)
    return (*own, topics.dead_letter(service))


def configuration(topic: str) -> Mapping[str, str]:
    """A topic's settings: kept for ever, compacted, or dead letters for two weeks."""
    size = {"max.message.bytes": str(LARGEST_RECORD)}
    if topic in PERSONAL:
        return {**ERASABLE, **size}
    if topic in topics.COMPACTED:
        return {**NEWEST, **size}
    return {**(EVER if topic in topics.KEPT else DEAD), **size}


def partitions_of(topic: str, partitions: int) -> int:
    """One for the small topics of newest state, the fixed number for those that carry load."""
    loaded = topic in topics.KEPT or topic in PERSONAL
    return partitions if loaded else 1


async def provide_topics(
    kafka: Kafka, own: Collection[str], partitions: int, replication: int, seconds: float = 60
) -> None:
    """Create `own` topics where they are missing. Existing ones are left as they are.

    Raises TimeoutError where the broker does not answer within `seconds`, KafkaRefused, and
    KafkaError where one is missing and may not be created.
    """
    wanted = [
        NewTopic(
            topic,
            partitions_of(topic, partitions),
            replication,
            topic_configs=dict(configuration(topic)),
        )
        for topic in own
    ]
    async with asyncio.timeout(seconds):
        admin = await _connected(kafka)
        try:
            while not await _there(admin, wanted):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await admin.close()


async def await_topics(kafka: Kafka, wanted: Collection[str], seconds: float = 60) -> None:
    """Return when all of `wanted` are there for us: one that we may not see is not.

    Raises TopicsMissing after `seconds`, and KafkaRefused.
    """
    missing = set(wanted)
    try:
        async with asyncio.timeout(seconds):
            admin = await _connected(kafka)
            try:
                while missing := set(wanted) - set(await admin.list_topics()):  # noqa: ASYNC110
                    await asyncio.sleep(PAUSE_SECONDS)
            finally:
                await admin.close()
    except TimeoutError as fault:
        raise TopicsMissing(", ".join(sorted(missing))) from fault


async def _connected(kafka: Kafka) -> AIOKafkaAdminClient:
    while True:
        admin = AIOKafkaAdminClient(**kafka.arguments(), request_timeout_ms=10_000)
        try:
            await admin.start()
        except (KafkaConnectionError, OSError):
            await admin.close()
            if refused := await kafka.refusal():
                raise refused from None
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return admin


async def _there(admin: AIOKafkaAdminClient, wanted: list[NewTopic]) -> bool:
    """Whether all of them exist now. Where others make the topics, we may not create any."""
    present = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in present]
    return not missing or await _created(admin, missing)


async def _created(admin: AIOKafkaAdminClient, wanted: list[NewTopic]) -> bool:
    """Whether all of them exist now. Two replicas may create at once: the loser is content."""
    answer = await admin.create_topics(wanted)
    for topic, code, *_ in answer.topic_errors:
        fault = for_code(code)
        if fault.errno not in (0, TopicAlreadyExistsError.errno):
            if not getattr(fault, "retriable", False):
                raise KafkaError(f"cannot create {topic}: {fault.__name__}")
            return False
    return True
