"""A consumer dies between any two lines, or freezes; every effect stands there once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reglament.ids import new_id
from tests.integration.reglament.messaging.conftest import Bench, ticket_event

pytestmark = pytest.mark.integration
MODULE = "tests.integration.reglament.messaging.consumer_process"


@contextmanager
def consumer_process(
    bench: Bench, instance: str = "0", **environ: str
) -> "Iterator[subprocess.Popen[bytes]]":
    arguments = (bench.broker.prefix, instance, bench.broker.bootstrap, bench.dsn)
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, *arguments], env={**os.environ, **environ}
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("where", ["after_advance", "before_commit", "after_commit"])
async def test_killed_anywhere_in_a_batch_it_loses_and_doubles_nothing(
    bench: Bench, where: str
) -> None:
    tickets = [new_id() for _ in range(20)]
    for sequence in range(1, 11):
        await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
    with consumer_process(bench, FAILPOINT=f"consumer.{where}:kill") as dying:
        assert await asyncio.to_thread(dying.wait, 30) == -signal.SIGKILL
    with consumer_process(bench):
        for ticket in tickets:
            await bench.await_seen(ticket, range(1, 11))


async def test_a_frozen_owner_is_replaced_and_can_do_no_harm_when_it_wakes(bench: Bench) -> None:
    tickets = [new_id() for _ in range(20)]
    await bench.send(*(ticket_event(ticket, 1) for ticket in tickets))
    with consumer_process(bench, "0") as frozen:
        for ticket in tickets:
            await bench.await_seen(ticket, [1])
        frozen.send_signal(signal.SIGSTOP)
        await bench.send(*(ticket_event(ticket, 2) for ticket in tickets))
        with consumer_process(bench, "1"):
            for ticket in tickets:
                await bench.await_seen(ticket, [1, 2], seconds=40)
            frozen.send_signal(signal.SIGCONT)
            await bench.send(*(ticket_event(ticket, 3) for ticket in tickets))
            for ticket in tickets:
                await bench.await_seen(ticket, [1, 2, 3], seconds=40)
