"""Spans of messaging: one trace from what was sent to what it causes."""

import asyncio
from typing import NamedTuple

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import messaging_attributes as conventions
from opentelemetry.trace import SpanKind, StatusCode

from reglament.events.topics import SLA, TICKETS
from reglament.messaging.incoming import Incoming, read
from reglament.messaging.outbox import Outgoing
from reglament.messaging.tracing import BatchTrace, end_send, start_send
from reglament.telemetry import OFF, Tracing, start_tracing
from tests.unit.reglament.messaging.test_incoming import envelope, sent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
LINE = TopicPartition(TICKETS, 3)


class Placed(NamedTuple):
    """Where Kafka put a record."""

    partition: int
    offset: int


class Kept(NamedTuple):
    """A tracer whose spans are kept here."""

    tracing: Tracing
    exporter: InMemorySpanExporter

    def spans(self) -> list[ReadableSpan]:
        """All that have ended."""
        self.tracing.close()
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def kept() -> Kept:
    """Of sla-clock."""
    exporter = InMemorySpanExporter()
    return Kept(start_tracing("sla-clock", "0", None, exporter), exporter)


def traced_record(traceparent: str = PARENT) -> Incoming:
    return read(sent(msgspec.structs.replace(envelope(), traceparent=traceparent)))


def outgoing(traceparent: str | None = PARENT) -> Outgoing:
    said = msgspec.structs.replace(envelope(), traceparent=traceparent)
    return Outgoing(position=1, topic=TICKETS, key=b"a", value=b"", headers=(), envelope=said)


def said(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_message_is_processed_as_a_child_of_its_sender(kept: Kept) -> None:
    with BatchTrace(kept.tracing, "sla-clock", {LINE: [traced_record()]}) as batch:
        (incoming,) = batch.incoming[LINE]
    message, _ = kept.spans()
    assert (message.name, message.kind) == (f"process {TICKETS}", SpanKind.CONSUMER)
    assert message.parent is not None
    assert f"{message.parent.span_id:016x}" == PARENT.split("-")[2]
    assert incoming.envelope is not None
    assert message.context is not None
    assert f"{message.context.span_id:016x}" in (incoming.envelope.traceparent or "")
    assert said(message) == {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": TICKETS,
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "sla-clock",
        "messaging.message.id": "1",
        "messaging.kafka.message.key": "a",
        "messaging.kafka.offset": 7,
        "reglament.ticket": "a",
        "reglament.event": "TicketResumed",
    }


def test_a_batch_is_a_trace_of_its_own_that_links_to_the_senders(kept: Kept) -> None:
    records = [traced_record(), traced_record(OTHER), read(sent(envelope()))]
    with BatchTrace(kept.tracing, "sla-clock", {LINE: records}):
        pass
    (whole,) = (one for one in kept.spans() if one.parent is None)
    assert (whole.name, whole.kind) == (f"process {TICKETS}", SpanKind.CONSUMER)
    links = [f"{one.context.trace_id:032x}-{one.context.span_id:016x}" for one in whole.links]
    assert links == [PARENT[3:52], OTHER[3:52]]
    assert said(whole)["messaging.batch.message_count"] == 3
    assert said(whole)["messaging.destination.name"] == TICKETS


def test_a_batch_of_several_topics_is_named_by_none(kept: Kept) -> None:
    other = msgspec.structs.replace(traced_record(), topic=SLA)
    with BatchTrace(kept.tracing, "x", {LINE: [traced_record()], TopicPartition(SLA, 3): [other]}):
        pass
    (whole,) = (one for one in kept.spans() if one.parent is None)
    assert whole.name == "process"
    assert "messaging.destination.name" not in said(whole)


def test_a_failed_batch_says_the_kind_of_its_fault_and_no_value(kept: Kept) -> None:
    with (
        pytest.raises(ValueError, match="Dear"),
        BatchTrace(kept.tracing, "x", {LINE: [traced_record()]}),
    ):
        int("Dear support, my password is hunter2")
    (whole,) = (one for one in kept.spans() if one.parent is None)
    assert whole.status.status_code == StatusCode.ERROR
    assert said(whole)["error.type"] == "ValueError"
    assert "hunter2" not in whole.to_json()


def test_without_an_exporter_the_traceparent_passes_as_it_came() -> None:
    records = {LINE: [traced_record()]}
    with BatchTrace(OFF, "sla-clock", records) as batch:
        assert batch.incoming is records


async def test_sending_is_a_producer_span_that_says_where_the_record_went(kept: Kept) -> None:
    sending = asyncio.get_running_loop().create_future()
    sending.set_result(Placed(partition=5, offset=41))
    end_send(start_send(kept.tracing, outgoing()), sending)
    end_send(start_send(kept.tracing, outgoing(None)), sending)
    (span,) = kept.spans()
    assert (span.name, span.kind) == (f"send {TICKETS}", SpanKind.PRODUCER)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert said(span)["messaging.operation.type"] == "send"
    assert said(span)["messaging.destination.partition.id"] == "5"
    assert said(span)["messaging.kafka.offset"] == 41


async def test_what_kafka_did_not_take_is_an_error_of_its_span(kept: Kept) -> None:
    refused = asyncio.get_running_loop().create_future()
    refused.set_exception(KafkaTimeoutError())
    waiting = asyncio.get_running_loop().create_future()
    for future in (refused, waiting, None):
        end_send(start_send(kept.tracing, outgoing()), future)
    spans = kept.spans()
    assert [said(one)["error.type"] for one in spans] == ["KafkaTimeoutError", "timeout", "timeout"]
    assert {one.status.status_code for one in spans} == {StatusCode.ERROR}


def test_every_attribute_of_messaging_is_one_of_the_conventions(kept: Kept) -> None:
    known = {value for value in vars(conventions).values() if isinstance(value, str)}
    start_send(kept.tracing, outgoing()).end()
    with BatchTrace(kept.tracing, "x", {LINE: [traced_record()]}):
        pass
    names = {name for span in kept.spans() for name in said(span) if name.startswith("messaging.")}
    assert names <= known
    assert len(names) >= 9
