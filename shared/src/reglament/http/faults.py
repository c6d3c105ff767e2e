"""Which exception gives which problem; anything else is a 500 that is logged."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from reglament import errors
from reglament.http.idempotency import settled
from reglament.http.problems import InvalidPart, Problem, problem_response
from reglament.spoken_faults import words_of

MOST_ERRORS = 50
PARAMETERS = ("query", "header", "cookie")
log = structlog.get_logger(__name__)


def _refused(_: Request, fault: errors.Refused) -> Problem:
    return Problem(slug=fault.kind, violations=fault.violations)


def _conflict(request: Request, fault: errors.Conflict) -> Problem:
    slug = "version-conflict" if "if-match" in request.headers else "conflict"
    members = {} if fault.actual is None else {"version": fault.actual}
    return Problem(slug=slug, members=members)


def _not_found(_: Request, fault: errors.NotFound) -> Problem:
    return Problem(slug="not-found", detail=f"no {fault.kind} {fault.identifier}")


def _said(slug: str) -> Callable[[Request, Exception], Problem]:
    """A problem whose detail is what the error says of itself."""
    return lambda _, fault: Problem(slug=slug, detail=str(fault) or None)


def _plain(slug: str) -> Callable[[Request, Exception], Problem]:
    """A problem that says nothing of the exception: its text is ours, not the caller's."""
    return lambda _, __: Problem(slug=slug)


def _of_data(_: Request, fault: Exception) -> Problem:
    log.warning("value_not_storable", cause=type(fault).__name__)
    detail = "a value cannot be stored: NUL, a lone surrogate, or out of range"
    return Problem(slug="validation-failed", detail=detail)


def _http(_: Request, fault: HTTPException) -> Problem:
    headers = dict(fault.headers or {})
    slug = HTTP_SLUGS.get(fault.status_code, "malformed-request")
    return Problem(slug=slug, detail=str(fault.detail), headers=headers)


HTTP_SLUGS: Mapping[int, str] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "version-conflict",
    413: "payload-too-large",
    415: "unsupported-media-type",
    422: "validation-failed",
    429: "too-many-requests",
    500: "internal-error",
    503: "unavailable",
}


def _invalid(request: Request, fault: RequestValidationError) -> Problem:
    """A path that names nothing is a 404, a body in another language a 415, the rest a 422."""
    found = fault.errors()
    if any(error["loc"][:1] == ("path",) for error in found):
        return Problem(slug="not-found", detail="the path names nothing")
    if any(error["type"] == "json_invalid" for error in found):
        return Problem(slug="malformed-request", detail="the body is not JSON")
    if _is_no_json(request, found):
        return Problem(slug="unsupported-media-type", detail="application/json is expected")
    parts = tuple(_part(error) for error in found[:MOST_ERRORS])
    return Problem(slug="validation-failed", errors=parts)


def _is_no_json(request: Request, found: Sequence[Mapping[str, Any]]) -> bool:
    said = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    is_json = said == "application/json" or said.endswith("+json")
    has_body = request.headers.get("content-length", "0") != "0"
    return has_body and not is_json and any(error["loc"] == ("body",) for error in found)


def _part(error: Mapping[str, Any]) -> InvalidPart:
    where, *path = error["loc"]
    if where in PARAMETERS:
        name = str(path[0]) if path else str(where)
        return InvalidPart(code=error["type"], detail=error["msg"], parameter=name)
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in path]
    pointer = "".join(f"/{step}" for step in steps)
    return InvalidPart(code=error["type"], detail=error["msg"], pointer=pointer)


# The first class of an exception's own ancestry that stands here says what it becomes.
FAULTS: Mapping[type[Exception], Callable[[Request, Any], Problem]] = {
    errors.Refused: _refused,
    errors.Conflict: _conflict,
    errors.NotFound: _not_found,
    errors.Forbidden: _said("forbidden"),
    errors.Unauthorized: _said("unauthorized"),
    errors.KeyReused: _plain("idempotency-key-reused"),
    errors.NotYet: _said("not-yet"),
    errors.OutcomeUnknown: _plain("outcome-unknown"),
    errors.Unavailable: _plain("unavailable"),
    RequestValidationError: _invalid,
    HTTPException: _http,
    json.JSONDecodeError: _plain("malformed-request"),
    UnicodeError: _of_data,
    asyncpg.DataError: _of_data,
    asyncpg.PostgresConnectionError: _plain("unavailable"),
    asyncpg.OperatorInterventionError: _plain("unavailable"),
    asyncpg.InsufficientResourcesError: _plain("unavailable"),
    asyncpg.LockNotAvailableError: _plain("unavailable"),
    asyncpg.TransactionRollbackError: _plain("conflict"),
    asyncpg.InterfaceError: _plain("unavailable"),
    asyncpg.InternalClientError: _plain("unavailable"),
    OSError: _plain("unavailable"),
    TimeoutError: _plain("unavailable"),
}
RARE = frozenset(("unavailable", "outcome-unknown"))


def problem_of(request: Request, fault: Exception) -> Problem:
    """The problem that an exception becomes. Our own faults are logged with their trace."""
    for ancestor in type(fault).__mro__:
        if ancestor in FAULTS:
            problem = FAULTS[ancestor](request, fault)
            if problem.slug in RARE:
                log.warning("request_not_served", cause=words_of(fault), problem=problem.slug)
            return problem
    log.error("request_failed", exc_info=fault)
    return Problem(slug="internal-error")


async def answer_fault(request: Request, fault: Exception) -> Response:
    """The exception handler of every class in FAULTS."""
    answer = problem_response(request, problem_of(request, fault))
    if not isinstance(fault, errors.Refused):
        return answer
    try:
        return await settled(request, answer)
    except Exception as unsettled:  # noqa: BLE001 - whatever it is, it is a problem of its own
        return problem_response(request, problem_of(request, unsettled))


def install_fault_handlers(app: FastAPI) -> None:
    """Answer with problems, also where the framework would answer otherwise."""
    for cls in FAULTS:
        app.add_exception_handler(cls, answer_fault)
