"""One trace from the request to whatever it causes."""

from typing import Any

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

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


async def test_a_request_is_a_server_span_named_by_its_route_with_its_status() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("intake", "0", None, exporter)

    class Route:
        path = "/tickets/{ticket}"

    async def app(scope: dict[str, object], receive: object, send: Any) -> None:
        scope["route"] = Route()
        await send({"type": "http.response.start", "status": 503})

    async def nowhere(_: object) -> None:
        return None

    headers = [(b"traceparent", PARENT.encode())]
    scope = {"type": "http", "method": "GET", "path": "/tickets/1", "headers": headers}
    await TraceRequests(app, tracing)(scope, None, nowhere)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /tickets/{ticket}"
    assert (span.kind, span.status.status_code) == (SpanKind.SERVER, StatusCode.ERROR)
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 503
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
