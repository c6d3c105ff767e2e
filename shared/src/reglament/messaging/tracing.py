"""Spans of messaging, after OpenTelemetry's conventions: one trace from POST to letter.

`send TOPIC` a record (PRODUCER, child of what caused it), `process TOPIC` a message (CONSUMER,
child of its sender), and one `process` a batch, linked to the messages' senders.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal

import msgspec
from aiokafka import TopicPartition
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from reglament.events.envelope import Envelope
from reglament.events.topics import TICKET_TOPICS
from reglament.messaging.incoming import Incoming
from reglament.messaging.outbox import Outgoing
from reglament.telemetry import Tracing, traceparent_of

Batch = Mapping[TopicPartition, Sequence[Incoming]]
MOST_LINKS = 128


Attributes = dict[str, str | int]


def _operation(kind: Literal["send", "process"]) -> Attributes:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": kind,
        "messaging.operation.name": kind,
    }


def _message(topic: str, envelope: Envelope) -> Attributes:
    """Of one event. The key only where it is a ticket: others may name a person."""
    said: Attributes = {
        "messaging.destination.name": topic,
        "messaging.message.id": envelope.id,
        "reglament.event": envelope.type,
    }
    if topic in TICKET_TOPICS:
        said["messaging.kafka.message.key"] = said["reglament.ticket"] = envelope.subject
    return said


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
            batch = self._start_batch()
            self.incoming = {tp: self._traced(some) for tp, some in self.incoming.items()}
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

    def _start_batch(self) -> Span:
        """Named by its topic, where it has only one."""
        records = [one for some in self.incoming.values() for one in some]
        senders = [one.envelope.traceparent for one in records if one.envelope]
        topics = {partition.topic for partition in self.incoming}
        attributes = _operation("process") | {
            "messaging.batch.message_count": len(records),
            "messaging.consumer.group.name": self._group,
        }
        if len(topics) == 1:
            attributes["messaging.destination.name"] = next(iter(topics))
        return self._tracing.start(
            " ".join(("process", *topics)) if len(topics) == 1 else "process",
            SpanKind.CONSUMER,
            links=[one for one in senders if one][:MOST_LINKS],
            attributes=attributes,
        )

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
            attributes=_operation("process")
            | _message(incoming.topic, envelope)
            | {
                "messaging.destination.partition.id": str(incoming.partition),
                "messaging.kafka.offset": incoming.offset,
                "messaging.consumer.group.name": self._group,
            },
        )
        self._spans.append(span)
        traced = msgspec.structs.replace(envelope, traceparent=traceparent_of(span))
        return msgspec.structs.replace(incoming, envelope=traced)


def start_send(tracing: Tracing, outgoing: Outgoing) -> Span:
    """The PRODUCER span of one record, a child of what caused the event."""
    envelope = outgoing.envelope
    if not tracing.enabled or envelope is None or envelope.traceparent is None:
        return trace.INVALID_SPAN
    return tracing.start(
        f"send {outgoing.topic}",
        SpanKind.PRODUCER,
        parent=envelope.traceparent,
        attributes=_operation("send") | _message(outgoing.topic, envelope),
    )


def end_send(span: Span, sent: "asyncio.Future[Any] | None", place: int = 0) -> None:
    """With where Kafka put the record, or that it did not.

    sent: of its batch; None where it never went out. place: of the record in its batch, from 0.
    """
    if span.is_recording():
        placed = None if sent is None or not sent.done() or sent.cancelled() else sent
        fault = None if placed is None else placed.exception()
        if placed is not None and fault is None:
            span.set_attribute("messaging.destination.partition.id", str(placed.result().partition))
            span.set_attribute("messaging.kafka.offset", placed.result().offset + place)
        else:
            span.set_attribute("error.type", "timeout" if fault is None else type(fault).__name__)
            span.set_status(StatusCode.ERROR)
    span.end()
