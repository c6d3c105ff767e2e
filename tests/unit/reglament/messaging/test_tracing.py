"""Spans of messaging: one trace from what was sent to what it causes."""

import msgspec
from aiokafka import TopicPartition
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from reglament.events.topics import TICKETS
from reglament.messaging.incoming import Incoming, read
from reglament.messaging.tracing import BatchTrace, start_send
from reglament.telemetry import OFF, start_tracing
from tests.unit.reglament.messaging.test_incoming import envelope, sent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LINE = TopicPartition(TICKETS, 3)


def traced_record() -> Incoming:
    return read(sent(msgspec.structs.replace(envelope(), traceparent=PARENT)))


def test_a_message_is_processed_as_a_child_of_its_sender_and_the_batch_links_to_it() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("sla-clock", "0", None, exporter)
    with BatchTrace(tracing, "sla-clock", {LINE: [traced_record()]}) as batch:
        (incoming,) = batch.incoming[LINE]
    tracing.close()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    message, whole = spans[f"process {TICKETS}"], spans["process batch"]
    assert message.kind == SpanKind.CONSUMER
    assert message.parent is not None
    assert f"{message.parent.span_id:016x}" == PARENT.split("-")[2]
    assert [link.context.span_id for link in whole.links] == [message.context.span_id]
    assert incoming.envelope is not None
    assert f"{message.context.span_id:016x}" in (incoming.envelope.traceparent or "")


def test_without_an_exporter_the_traceparent_passes_as_it_came() -> None:
    records = {LINE: [traced_record()]}
    with BatchTrace(OFF, "sla-clock", records) as batch:
        assert batch.incoming is records


def test_sending_is_a_producer_span_in_the_trace_of_what_caused_the_event() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("intake", "0", None, exporter)
    start_send(tracing, TICKETS, PARENT).end()
    start_send(tracing, TICKETS, None).end()
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == (f"send {TICKETS}", SpanKind.PRODUCER)
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
