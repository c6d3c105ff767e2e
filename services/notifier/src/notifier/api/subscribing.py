"""How a command about a webhook subscription is carried out, and how one is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import Response

from notifier.domain.subscription import Change, SubscriptionCommand, subscription_decider
from notifier.projections import webhooks as rows
from notifier.transports.destinations import Guard, NotAllowed
from notifier.transports.kept_secrets import KeptSecrets
from notifier.transports.webhook import key_of
from reglament.clock import now
from reglament.command_handler import Submission, handle
from reglament.errors import Refused, Violation
from reglament.events.envelope import Envelope
from reglament.events.notifications import SubscriptionSet
from reglament.events.registry import Actor
from reglament.eventstore.store import Answer, Context
from reglament.http.etags import etag
from reglament.http.idempotency import answer_json, respond
from reglament.runtime import Runtime
from reglament.telemetry import current_traceparent

Effects = tuple[tuple[str, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A command about a subscription on its way in."""

    runtime: Runtime
    subscription: str
    desk: str
    context: Context
    expected: int | None = None

    def sealed(self, secret: str) -> str:
        """The secret as it is kept."""
        kept = KeptSecrets(self.runtime.settings.secret.get_secret_value())
        return kept.sealed(secret, self.subscription)

    def keeping(self, secret: str) -> Effects:
        """The effect that keeps the secret."""
        return ((rows.KEEP_KEY, (self.subscription, self.sealed(secret))),)

    async def carry_out(
        self,
        command: SubscriptionCommand,
        answer: Callable[[Sequence[Envelope]], Answer],
        effects: Effects = (),
    ) -> Response:
        """Append, with the effects in the same transaction."""
        submission: Submission[Any, Any] = Submission(
            stream=f"subscription/{self.subscription}",
            subject=self.subscription,
            desk=self.desk,
            command=command,
            decider_for=lambda _: subscription_decider(),
            context=self.context,
            expected=self.expected,
            answer=answer,
            rows=effects,
        )
        appended = await handle(self.runtime.store, submission)
        return respond(appended.answer or answer(appended.envelopes), replayed=appended.replayed)


async def switch_off(runtime: Runtime, subscription: str, rule: str) -> None:
    """No more is sent, and its SubscriptionSet says by which rule (Standard Webhooks).

    rule: receiver-gone, it answered 410; receiver-failing, nothing arrived in all tries of one.
    """
    row = await runtime.pool.fetchrow(rows.ONE, subscription)
    at = now()
    asking = Asking(
        runtime=runtime,
        subscription=subscription,
        desk=row["desk"],
        context=Context(recorded_at=at, traceparent=current_traceparent()),
    )
    actor = Actor(kind="system", id="notifier", rule=rule)
    command = Change(at=at, actor=actor, active=False)
    await asking.carry_out(command, changed(row), ((rows.DROP, (subscription, at)),))


def changed(row: Any) -> Callable[[Sequence[Envelope]], Answer]:
    def answer(envelopes: Sequence[Envelope]) -> Answer:
        shown = of_events(envelopes) if envelopes else shown_row(row)
        return answer_json(shown, headers=(("ETag", etag(shown["version"])),))

    return answer


async def check_url(runtime: Runtime, url: str) -> None:
    """Said at once, and checked again at every sending. Raises Refused(url-not-allowed)."""
    guard: Guard = runtime.extras["guard"]
    try:
        await guard.check(url)
    except NotAllowed as fault:
        raise Refused([Violation(rule=str(fault), field="url")], kind="url-not-allowed") from fault


def checked_secret(secret: str) -> str:
    try:
        key_of(secret)
    except ValueError as fault:
        raise Refused([Violation(rule="secret-malformed", field="secret")]) from fault
    return secret


def of_events(envelopes: Sequence[Envelope]) -> dict[str, Any]:
    newest = envelopes[-1]
    event = newest.event
    if not isinstance(event, SubscriptionSet):
        raise TypeError("a subscription's stream holds SubscriptionSet alone")
    return {
        "id": event.subscription,
        "desk": event.desk,
        "url": event.url,
        "types": list(event.types),
        "active": event.active,
        "version": newest.sequence,
    }


def shown_row(row: Any) -> dict[str, Any]:
    shown = {name: row[name] for name in ("desk", "url", "active", "version")}
    return {"id": row["key"], **shown, "types": msgspec.json.decode(row["types"])}
