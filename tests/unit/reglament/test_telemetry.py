"""One trace from the request to whatever it causes."""

from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from reglament.telemetry import (
    OFF,
    TraceRequests,
    current_traceparent,
    link,
    start_tracing,
    trace_of,
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


def test_what_comes_long_after_is_a_trace_of_its_own_with_a_link() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("sla-clock", "0", None, exporter)
    tracing.later("fire timer", because_of=PARENT, attributes={"reglament.ticket": "t"}).end()
    span = tracing.later("fire timer")
    link(span, PARENT)
    link(span, None)
    span.end()
    tracing.close()
    for one in exporter.get_finished_spans():
        assert one.parent is None
        assert f"{one.context.trace_id:032x}" != PARENT.split("-")[1]
        assert [f"{to.context.trace_id:032x}" for to in one.links] == [PARENT.split("-")[1]]


def test_a_failed_span_says_the_kind_of_fault_and_no_value() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("intake", "0", None, exporter)
    with pytest.raises(ValueError, match="hunter2"), tracing.span("process letter"):
        int("hunter2")
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code == StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "hunter2" not in span.to_json()


def test_a_log_line_of_something_traced_has_its_ids() -> None:
    _, trace_id, span_id, _ = PARENT.split("-")
    assert trace_of(PARENT) == {"trace_id": trace_id, "span_id": span_id}
    assert trace_of(None) == trace_of("nonsense") == {}


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
