"""Spans of messaging, after OpenTelemetry's conventions: one trace from POST to letter."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

import msgspec
from aiokafka import TopicPartition
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from reglament.messaging.incoming import Incoming
from reglament.telemetry import Tracing, traceparent_of

Batch = Mapping[TopicPartition, Sequence[Incoming]]
MOST_LINKS = 128


Attributes = dict[str, str | int]


def attributes_of(operation: str, topic: str, more: Attributes | None = None) -> Attributes:
    """The attributes that the conventions ask for."""
    fixed: Attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
    }
    return {**fixed, **(more or {})}


class BatchTrace:
    """A batch in its spans: one for the batch, linked to its messages; one a traced message.

    `incoming` are the records with the traceparent of their own span, so that what a reaction
    appends continues the message's trace. Without an exporter they pass as they came.
    """

    def __init__(self, tracing: Tracing, group: str, incoming: Batch) -> None:
        self._tracing, self._group = tracing, group
        self._spans: list[Span] = []
        self._stack = ExitStack()
        self.incoming = incoming

    def __enter__(self) -> "BatchTrace":
        if self._tracing.enabled:
            self.incoming = {tp: self._traced(some) for tp, some in self.incoming.items()}
            links = [one for span in self._spans[:MOST_LINKS] if (one := traceparent_of(span))]
            batch = self._tracing.start(
                "process batch",
                SpanKind.CONSUMER,
                links=links,
                attributes={"messaging.consumer.group.name": self._group},
            )
            self._stack.enter_context(self._tracing.within(batch))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for span in self._spans:
            span.end()
        self._stack.__exit__(kind, fault, traceback)

    def _traced(self, some: Sequence[Incoming]) -> list[Incoming]:
        return [self._with_span(incoming) for incoming in some]

    def _with_span(self, incoming: Incoming) -> Incoming:
        envelope = incoming.envelope
        if envelope is None or envelope.traceparent is None:
            return incoming
        span = self._tracing.start(
            f"process {incoming.topic}",
            SpanKind.CONSUMER,
            parent=envelope.traceparent,
            attributes=attributes_of(
                "process",
                incoming.topic,
                {
                    "messaging.kafka.offset": incoming.offset,
                    "messaging.consumer.group.name": self._group,
                    "reglament.ticket": incoming.subject,
                    "reglament.event": envelope.type,
                },
            ),
        )
        self._spans.append(span)
        traced = msgspec.structs.replace(envelope, traceparent=traceparent_of(span))
        return replace(incoming, envelope=traced)


def start_send(tracing: Tracing, topic: str, traceparent: str | None) -> Span:
    """The PRODUCER span of one record, a child of what caused the event."""
    if not tracing.enabled or traceparent is None:
        return trace.INVALID_SPAN
    return tracing.start(
        f"send {topic}",
        SpanKind.PRODUCER,
        parent=traceparent,
        attributes=attributes_of("send", topic),
    )
