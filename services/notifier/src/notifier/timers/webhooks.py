"""Posts webhooks: claim and commit, post, record. One slow receiver delays nobody else."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifier.domain.delivery import WEBHOOK_WAITS, wait_before
from notifier.projections import webhooks as rows
from notifier.timers.tracing import answered, span_of_webhook
from notifier.transports.kept_secrets import KeptSecrets
from notifier.transports.webhook import Outcome, Webhooks, signed_headers
from reglament import clock, metrics
from reglament.failpoints import failpoint
from reglament.sealing import Unsealable
from reglament.telemetry import OFF, Tracing, traceparent_of

AT_ONCE = 32
PER_SUBSCRIPTION = 4
POLL_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class WebhookSender:
    """One replica's sender. disable: switches a subscription off, by the rule named."""

    pool: Any
    webhooks: Webhooks
    secrets: KeptSecrets
    disable: Callable[[str, str], Awaitable[None]]
    now: Callable[[], datetime] = clock.now
    tracing: Tracing = OFF
    _running: dict[asyncio.Task[None], str] = field(default_factory=dict)

    async def run(self, stopping: asyncio.Event) -> None:
        """Post what is due until told to stop; what is on its way then is let finish or leased."""
        try:
            while not stopping.is_set():
                if await self.turn() == 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stopping.wait(), POLL_SECONDS)
        finally:
            await self.settle()
            await self.webhooks.close()

    async def turn(self) -> int:
        """Claim what there is room for; how many were claimed."""
        room = AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        async with self.pool.acquire() as connection, connection.transaction():
            running = Counter(self._running.values())
            claimed = await rows.claim(connection, self.now(), room, running, PER_SUBSCRIPTION)
        if claimed:
            await failpoint("webhooks.after_claim")
        for due in claimed:
            task = asyncio.create_task(self._try(due))
            self._running[task] = due.subscription
            task.add_done_callback(self._done)
        return len(claimed)

    async def settle(self) -> None:
        """Wait for what is on its way."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=5)
        for task in list(self._running):
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled():
            task.exception()

    async def _try(self, due: rows.Due) -> None:
        if not due.active:
            await self._settle(due, "suppressed", Outcome(because="subscription-off"))
            return
        body = due.body.encode()
        try:
            secrets = self._secrets_of(due)
        except Unsealable:
            await self._again(due, Outcome(because="secret-unreadable"))
            return
        headers = signed_headers(secrets, f"msg_{due.event}", self.now(), body)
        outcome = await self._post(due, headers)
        if outcome.is_taken:
            await self._settle(due, "sent", outcome)
        elif outcome.is_gone:
            await self._settle(due, "failed", outcome)
            await self._disable(due, "receiver-gone")
        else:
            await self._again(due, outcome)

    async def _disable(self, due: rows.Due, rule: str) -> None:
        await self.disable(due.subscription, rule)
        metrics.SUBSCRIPTIONS_DISABLED.inc()

    def _secrets_of(self, due: rows.Due) -> list[str]:
        """The one in use, and while it is taken over the one before. Raises Unsealable."""
        kept = [due.secret] if due.previous is None else [due.secret, due.previous]
        return [self.secrets.opened(each, due.subscription) for each in kept]

    async def _post(self, due: rows.Due, headers: dict[str, str]) -> Outcome:
        """One attempt. The receiver may go on with its trace."""
        with self.tracing.within(span_of_webhook(self.tracing, due)) as span:
            began, traced = time.monotonic(), traceparent_of(span)
            more = {} if traced is None else {"traceparent": traced}
            outcome = await self.webhooks.post(due.url, headers | more, due.body.encode())
            await failpoint("webhooks.after_post")
            seconds = time.monotonic() - began
            metrics.WEBHOOK_DURATION.labels(_named(outcome)).observe(seconds, metrics.exemplar())
            answered(span, outcome)
        return outcome

    async def _again(self, due: rows.Due, outcome: Outcome) -> None:
        pause = wait_before(due.attempt, WEBHOOK_WAITS, due.id)
        if pause is None:
            await self._settle(due, "failed", outcome)
            if await self.pool.fetchval(rows.NOTHING_ARRIVES, due.id):
                await self._disable(due, "receiver-failing")
            return
        async with self.pool.acquire() as connection:
            await connection.execute(
                rows.AGAIN,
                due.id,
                due.lease_epoch,
                outcome.status,
                outcome.because,
                self.now() + pause,
            )

    async def _settle(self, due: rows.Due, state: str, outcome: Outcome) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute(
                rows.SETTLE,
                due.id,
                due.lease_epoch,
                state,
                outcome.status,
                outcome.because,
                self.now(),
            )
        await failpoint("webhooks.after_settle")


def _named(outcome: Outcome) -> str:
    """The metric's label."""
    if outcome.is_taken:
        return "delivered"
    return "unreachable" if outcome.status is None else "refused"
