"""One trace from the request to whatever it causes."""

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from reglament.telemetry import (
    OFF,
    TraceRequests,
    current_traceparent,
    start_tracing,
    traceparent_of,
)

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_outside_of_a_trace_there_is_no_traceparent() -> None:
    assert current_traceparent() is None


def test_a_span_continues_the_trace_of_its_parent() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("intake", "0", None, exporter)
    with tracing.span("work", SpanKind.CONSUMER, PARENT):
        within = current_traceparent()
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert within is not None
    assert within.split("-")[1] == PARENT.split("-")[1]
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]


def test_without_an_exporter_a_parent_is_handed_on_unchanged() -> None:
    assert traceparent_of(OFF.start("work", SpanKind.CONSUMER, PARENT)) == PARENT


async def test_a_requests_traceparent_reaches_its_handler_without_an_exporter() -> None:
    seen: list[str | None] = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(current_traceparent())

    for headers in ([], [(b"traceparent", PARENT.encode())]):
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await TraceRequests(app, OFF)(scope, None, None)
    assert seen == [None, PARENT]
