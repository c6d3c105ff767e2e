"""Traces from the request over Kafka to the letter, by W3C traceparent (OTel messaging).

Without an OTLP endpoint nothing is recorded, but an incoming traceparent still travels: it is
stored with the event, sent by the relay and set again by the consumer.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from reglament.spoken_faults import words_of

PROPAGATOR = TraceContextTextMapPropagator()
HEADER = "traceparent"
# As nearly all of them are; what looks otherwise is left to the library.
PLAIN = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")


def current_traceparent() -> str | None:
    """The traceparent of where the code runs now; None outside of any trace."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get(HEADER)


def context_of(traceparent: str | None) -> Context:
    """The context that a traceparent names; an empty one for None or a malformed one."""
    if traceparent is None:
        return Context()
    return PROPAGATOR.extract({HEADER: traceparent}, Context())


def trace_of(traceparent: str | None) -> dict[str, str]:
    """The ids that a log line of something traced carries: trace_id, span_id; else nothing."""
    if traceparent is None:
        return {}
    if plain := PLAIN.fullmatch(traceparent):
        return {"trace_id": plain[1], "span_id": plain[2]}
    context = _span_context(traceparent)
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def traceparent_of(span: Span) -> str | None:
    """The traceparent that makes others children of this span."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get(HEADER)


def failed(span: Span, fault: BaseException) -> None:
    """Say on the span what went wrong, by the conventions, and never with a person's text."""
    span.set_attribute("error.type", type(fault).__name__)
    span.set_status(StatusCode.ERROR, words_of(fault))


def link(span: Span, traceparent: str | None) -> None:
    """Lead from a span that has begun to the one that a traceparent names."""
    context = _span_context(traceparent)
    if context.is_valid:
        span.add_link(context)


def _span_context(traceparent: str | None) -> SpanContext:
    return trace.get_current_span(context_of(traceparent)).get_span_context()


class Tracing:
    """The tracer of one process. `enabled` is False without an exporter: then spans are free."""

    def __init__(self, tracer: Tracer | None = None, stop: Callable[[], None] | None = None):
        self._tracer = tracer
        self._stop = stop
        self.enabled = tracer is not None

    def close(self) -> None:
        """Send what is left; blocks up to the exporter's own bound."""
        if self._stop is not None:
            self._stop()

    def start(
        self,
        name: str,
        kind: SpanKind,
        parent: str | None = None,
        links: Sequence[str] = (),
        attributes: Mapping[str, Any] | None = None,
    ) -> Span:
        """A span that the caller ends; a child of `parent`, linked to the other traceparents."""
        within = context_of(parent)
        if self._tracer is None:
            return trace.get_current_span(within)
        contexts = (_span_context(link) for link in links)
        return self._tracer.start_span(
            name,
            within,
            kind,
            dict(attributes or {}),
            [Link(context) for context in contexts if context.is_valid],
        )

    @contextmanager
    def within(self, span: Span) -> Iterator[Span]:
        """Make the span the current one, and end it; what was raised is told, without texts."""
        with trace.use_span(
            span,
            end_on_exit=self.enabled,
            record_exception=False,
            set_status_on_exception=False,
        ):
            try:
                yield span
            except Exception as fault:
                failed(span, fault)
                raise

    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Iterator[Span]:
        """A span around a block; without `parent` a child of the current one."""
        parent = parent or current_traceparent()
        with self.within(self.start(name, kind, parent, attributes=attributes)) as span:
            yield span

    def later(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        because_of: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Span:
        """A trace of its own for what was asked for long ago: linked to that, no child of it.

        because_of: the traceparent of what set the deadline; no trace lasts for days.
        """
        links = () if because_of is None else (because_of,)
        return self.start(name, kind, links=links, attributes=attributes)


OFF = Tracing()


def start_tracing(
    service: str, instance: str, endpoint: str | None, exporter: SpanExporter | None = None
) -> Tracing:
    """A tracer that exports to `endpoint` over OTLP/HTTP; `OFF` where there is none."""
    if endpoint is None and exporter is None:
        return OFF
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    target = exporter or OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=3)
    provider.add_span_processor(BatchSpanProcessor(target))
    return Tracing(provider.get_tracer("reglament"), provider.shutdown)


class TraceRequests:
    """ASGI: each request runs in a SERVER span, child of the caller's traceparent."""

    def __init__(self, app: Any, tracing: Tracing) -> None:
        self._app, self._tracing = app, tracing

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on inside its trace."""
        incoming = _incoming(scope) if scope["type"] == "http" else None
        if scope["type"] != "http" or not (self._tracing.enabled or incoming):
            await self._app(scope, receive, send)
            return
        if not self._tracing.enabled:
            token = otel_context.attach(context_of(incoming))
            try:
                await self._app(scope, receive, send)
            finally:
                otel_context.detach(token)
            return
        span = self._tracing.start(scope["method"], SpanKind.SERVER, incoming)
        span.set_attribute("http.request.method", scope["method"])
        with self._tracing.within(span):
            await self._app(scope, receive, _noting_status(span, send))
            route = getattr(scope.get("route"), "path", None)
            if route is not None:  # known only once the router has looked; never the path: ids
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)


def _noting_status(span: Span, send: Any) -> Any:
    async def noting(message: Any) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
        await send(message)

    return noting


def _incoming(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return str(value, "latin-1")
    return None
