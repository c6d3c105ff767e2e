"""A due timer's work as a trace of its own, linked to the one that set the deadline.

No trace lasts for days: what a breach causes hangs under its timer, and the link leads back to
the request, the answer or the change since which the clock counted (OTel: links).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.trace import Span

from reglament.events.envelope import Envelope
from reglament.events.sla import ClockAtRisk, ClockBreached, ClockEvent
from reglament.eventstore.store import EventStore
from reglament.telemetry import Tracing, link, traceparent_of
from sla_clock.judging import Judges, Look

STEPS = (ClockAtRisk, ClockBreached)


class TracedJudging:
    """The same judging; without an exporter it is only handed on."""

    def __init__(self, judging: Judges, store: EventStore, tracing: Tracing) -> None:
        self._judging, self._store, self._tracing = judging, store, tracing

    async def judge(
        self, connection: Any, looks: Sequence[Look], *, is_known: bool = False
    ) -> list[Envelope]:
        """As Judging.judge; what is said stands in its timer's trace."""
        if not self._tracing.enabled:
            return await self._judging.judge(connection, looks, is_known=is_known)
        spans = {look.ticket: self._span(look) for look in looks}
        traced = [_within(look, spans[look.ticket]) for look in looks]
        try:
            said = await self._judging.judge(connection, traced, is_known=is_known)
            await self._lead_back(connection, spans, said)
        finally:
            for span in spans.values():
                span.end()
        return said

    def _span(self, look: Look) -> Span:
        return self._tracing.later("fire timer", attributes={"reglament.ticket": look.ticket})

    async def _lead_back(
        self, connection: Any, spans: Mapping[str, Span], said: Sequence[Envelope]
    ) -> None:
        steps = [one for one in said if isinstance(one.event, STEPS)]
        streams = sorted({f"ticket/{one.subject}" for one in steps})
        histories = await self._store.load_many(streams, connection=connection)
        for step in steps:
            link(spans[step.subject], set_by(step, histories[f"ticket/{step.subject}"]))


def set_by(step: Envelope, history: Sequence[Envelope]) -> str | None:
    """The traceparent of what last moved the clock before this step of it; None: none was traced.

    history: of the ticket's clocks, in order; other steps of the same clock move nothing.
    """
    moved = [
        one.traceparent
        for one in history
        if one.sequence < step.sequence
        and not isinstance(one.event, STEPS)
        and _clock(one) == _clock(step)
    ]
    return moved[-1] if moved else None


def _clock(envelope: Envelope) -> tuple[str, int] | None:
    event = envelope.event
    return (event.metric, event.cycle) if isinstance(event, ClockEvent) else None


def _within(look: Look, span: Span) -> Look:
    return replace(look, context=replace(look.context, traceparent=traceparent_of(span)))
