"""The broker dies and comes back: nobody restarts anything by hand (reliability b2 8)."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import asyncpg
import psutil
import pytest

from reglament.command_handler import handle
from reglament.events.topics import KEPT
from reglament.ids import new_id
from reglament.messaging import offsets, outbox
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import kill_producer, start_producer
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament_local.ports import free_ports
from tests.integration.reglament.messaging.conftest import (
    Bench,
    messaging_tables,
    ticket_event,
)
from tests.integration.reglament.messaging.source import PARTITIONS, intake, submission
from tests.support.crowding import crowding
from tests.support.processes import running
from tests.support.stack import Broker, Databases

pytestmark = pytest.mark.integration
STOP_SECONDS = 15.0  # without a broker


def kill_listener(address: str) -> None:
    """SIGKILL to whoever listens there."""
    port = int(address.rpartition(":")[2])
    for found in psutil.net_connections("tcp"):
        if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
            os.kill(found.pid, signal.SIGKILL)
            return
    raise AssertionError(f"nobody listens on {port}")


@contextmanager
def broker(folder: Path, ports: dict[str, str]) -> Iterator[str]:
    with running(folder, ("servers", "--only", "kafka"), "servers.json", ports) as addresses:
        yield addresses["kafka"]


async def test_a_consumer_goes_on_when_the_broker_is_back(
    postgres: Databases, tmp_path: Path
) -> None:
    ports, before, after, dsn = free_ports(), new_id(), new_id(), await postgres()
    await messaging_tables(dsn)
    with ExitStack() as stack:
        address = stack.enter_context(broker(tmp_path, ports))
        kafka = Broker(bootstrap=address, prefix="restart")
        await provide_topics(Kafka(bootstrap=address), KEPT, PARTITIONS, 1)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
            producer = await start_producer(Kafka(bootstrap=address), "before")
            bench = Bench(dsn=dsn, broker=kafka, producer=producer, pool=pool)
            async with bench.consuming():
                await bench.send(ticket_event(before, 1))
                await bench.await_seen(before, [1])
                await kill_producer(producer)
                kill_listener(address)
                stack.close()
                stack.enter_context(broker(tmp_path, ports))
                bench.producer = await start_producer(Kafka(bootstrap=address), "after", 30)
                await bench.send(ticket_event(before, 2), ticket_event(after, 1))
                await bench.await_seen(before, [1, 2], 60)
                await bench.await_seen(after, [1], 60)
                await kill_producer(bench.producer)
                kill_listener(address)
                began = time.monotonic()
        assert time.monotonic() - began < STOP_SECONDS * crowding()


async def test_a_broker_that_lost_its_disk_is_refilled_and_nothing_is_doubled(
    postgres: Databases, tmp_path: Path
) -> None:
    ports, ticket = free_ports(), new_id()
    source_dsn, dsn = await postgres(), await postgres()
    await messaging_tables(dsn)
    with ExitStack() as stack:
        address = stack.enter_context(broker(tmp_path / "one", ports))
        await provide_topics(Kafka(bootstrap=address), owned_by("intake"), PARTITIONS, 1)
        async with (
            intake(source_dsn, address) as source,
            asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool,
        ):
            bench = Bench(dsn=dsn, broker=source.broker, producer=cast("Any", None), pool=pool)
            async with source.relaying(), bench.consuming():
                await handle(source.store, submission(ticket, 5))
                await bench.await_seen(ticket, [1, 2, 3, 4, 5])
            stack.close()
            stack.enter_context(broker(tmp_path / "two", ports))
            await provide_topics(Kafka(bootstrap=address), owned_by("intake"), PARTITIONS, 1)
            await handle(source.store, submission(ticket, 3))
            await outbox.refill(source.pool)
            await offsets.rewind(pool, source.broker.prefix)
            async with source.relaying(), bench.consuming():
                await bench.await_seen(ticket, range(1, 9), 60)


async def test_a_consumer_starts_over_where_the_log_ends_before_its_offset(
    bench: Bench,
) -> None:
    ticket = new_id()
    await bench.send(ticket_event(ticket, 1))
    async with bench.consuming():
        await bench.await_seen(ticket, [1])
    await bench.pool.execute("UPDATE consumer_offset SET next_offset = 1000000000")
    async with bench.consuming():
        await bench.send(ticket_event(ticket, 2))
        await bench.await_seen(ticket, [1, 2], 60)
