"""Every refusal and fault as an RFC 9457 problem document, with a stable `type`.

`PROBLEMS` is the list of types: the answers and the OpenAPI documents are made of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import trace
from starlette.requests import Request
from starlette.responses import Response

from reglament.errors import Violation

TYPE_ROOT = "https://reglament.example/problems/"
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """A kind of problem: its HTTP status and what it means."""

    status: int
    title: str


PROBLEMS: Mapping[str, ProblemType] = {
    "malformed-request": ProblemType(status=400, title="The request cannot be read"),
    "unauthorized": ProblemType(status=401, title="A valid key or token is needed"),
    "forbidden": ProblemType(status=403, title="This role may not do that"),
    "not-found": ProblemType(status=404, title="There is no such thing, or none that you may see"),
    "method-not-allowed": ProblemType(status=405, title="The path does not take this method"),
    "conflict": ProblemType(status=409, title="It has changed meanwhile; try again"),
    "tickets-open": ProblemType(status=409, title="The requester has open tickets"),
    "version-conflict": ProblemType(status=412, title="It has changed since you read it"),
    "payload-too-large": ProblemType(status=413, title="The body is larger than is taken"),
    "unsupported-media-type": ProblemType(status=415, title="The content type is not taken"),
    "validation-failed": ProblemType(status=422, title="The body or a parameter is invalid"),
    "rules-violated": ProblemType(status=422, title="The desk's rules refuse it"),
    "channel-not-accepted": ProblemType(status=422, title="The desk does not take this channel"),
    "not-entitled": ProblemType(status=422, title="The requester is not entitled to support"),
    "policy-invalid": ProblemType(status=422, title="The policy is not valid"),
    "key-refused": ProblemType(status=422, title="Such a key would make no sense"),
    "url-not-allowed": ProblemType(status=422, title="Webhooks may not go to this address"),
    "status-conflict": ProblemType(status=422, title="Its status does not allow that"),
    "ticket-ended": ProblemType(status=422, title="The ticket has ended"),
    "not-queued": ProblemType(status=422, title="The ticket stands in no queue"),
    "not-qualified": ProblemType(status=422, title="The engineer is not qualified for it"),
    "idempotency-key-reused": ProblemType(
        status=422, title="The Idempotency-Key was used with another body"
    ),
    "too-many-requests": ProblemType(status=429, title="Too many requests"),
    "internal-error": ProblemType(status=500, title="A fault on our side"),
    "not-yet": ProblemType(status=503, title="A fact that is needed has not arrived yet"),
    "outcome-unknown": ProblemType(
        status=503, title="It may stand or not: repeat with the same Idempotency-Key"
    ),
    "unavailable": ProblemType(status=503, title="Not available just now; try again"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidPart:
    """What is invalid: a JSON pointer into the body, or the name of a parameter."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One answer. slug: the end of its type URI, a key of PROBLEMS or a refusal's own kind."""

    slug: str
    detail: str | None = None
    violations: Sequence[Violation] = ()
    errors: Sequence[InvalidPart] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> ProblemType:
        """Its kind; one that is not in the list is a refusal by a decider: 422."""
        fallback = self.slug.replace("-", " ").capitalize()
        return PROBLEMS.get(self.slug) or ProblemType(status=422, title=fallback)


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem as an answer, with the ids by which it is found in logs and traces."""
    kind = problem.type
    document: dict[str, Any] = {
        "type": TYPE_ROOT + problem.slug,
        "title": kind.title,
        "status": kind.status,
    }
    if problem.detail is not None:
        document["detail"] = problem.detail
    document["instance"] = request.url.path
    document["request_id"] = request.scope.get("state", {}).get("request_id")
    trace_id = current_trace_id()
    if trace_id is not None:
        document["trace_id"] = trace_id
    if problem.violations:
        document["violations"] = [_violation(each) for each in problem.violations]
    if problem.errors:
        document["errors"] = [_error(each) for each in problem.errors]
    document |= problem.members
    # ASCII only: a lone surrogate of the caller's must not break the answer about it.
    body = json.dumps(document, ensure_ascii=True).encode("ascii")
    return Response(body, kind.status, _headers(kind, problem), MEDIA_TYPE)


def current_trace_id() -> str | None:
    """The trace in which the code runs, as 32 hex digits."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _headers(kind: ProblemType, problem: Problem) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="reglament"'
    if kind.status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers | dict(problem.headers)


def _violation(violation: Violation) -> dict[str, Any]:
    return {"rule": violation.rule, "field": violation.field, "detail": violation.detail}


def _error(part: InvalidPart) -> dict[str, Any]:
    where = {"pointer": part.pointer} if part.parameter is None else {"parameter": part.parameter}
    return {**where, "code": part.code, "detail": part.detail}
