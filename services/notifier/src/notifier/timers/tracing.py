"""The spans of deliveries: of a letter handed over, of a webhook posted."""

import msgspec
from opentelemetry.trace import Span, SpanKind, StatusCode

from notifier.projections import letters, webhooks
from notifier.transports.webhook import Outcome
from reglament.telemetry import Tracing


class _Traced(msgspec.Struct, frozen=True):
    """What of an event's body is read here."""

    traceparent: str | None = None


def span_of_letter(tracing: Tracing, due: letters.Due) -> Span:
    """A first try is part of what caused the letter; a later one may come hours after it."""
    said = {"reglament.template": due.template}
    if due.is_ticket:
        said["reglament.ticket"] = due.subject
    if due.attempt == 0:
        return tracing.start("send letter", SpanKind.CLIENT, due.traceparent, attributes=said)
    return tracing.later("send letter", SpanKind.CLIENT, due.traceparent, said)


def span_of_webhook(tracing: Tracing, due: webhooks.Due) -> Span:
    """One attempt, which may come days after its event: linked to the event's trace.

    Its address is not said, as it may hold a secret.
    """
    cause = msgspec.json.decode(due.body, type=_Traced).traceparent
    said = {
        "http.request.method": "POST",
        "http.request.resend_count": due.attempt - 1,
        "reglament.subscription": due.subscription,
        "messaging.message.id": due.event,
    }
    return tracing.later("POST", SpanKind.CLIENT, cause, said)


def answered(span: Span, outcome: Outcome) -> None:
    """What the receiver said, or that it said nothing."""
    if outcome.status is not None:
        span.set_attribute("http.response.status_code", outcome.status)
    if not outcome.is_taken:
        span.set_attribute("error.type", str(outcome.status or outcome.because))
        span.set_status(StatusCode.ERROR)
