"""Whatever goes wrong, the answer is a problem document."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reglament.http.problems import TYPE_ROOT

TICKET = "0199d5c0-0000-7000-8000-000000000001"


def is_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The document, checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == TYPE_ROOT + slug
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


@pytest.mark.parametrize(
    ("name", "status", "slug"),
    [
        ("refused", 422, "rules-violated"),
        ("own-kind", 422, "split-refused"),
        ("conflict", 409, "conflict"),
        ("not-found", 404, "not-found"),
        ("key-reused", 422, "idempotency-key-reused"),
        ("timeout", 503, "unavailable"),
        ("surprise", 500, "internal-error"),
    ],
)
async def test_each_error_has_its_problem(
    client: httpx.AsyncClient, name: str, status: int, slug: str
) -> None:
    answer = await client.post(f"/v1/faults/{name}")
    document = is_problem(answer, status, slug)
    assert "secret words" not in answer.text
    if name == "refused":
        assert document["violations"] == [{"rule": "REM-05", "field": "inn", "detail": "missing"}]
    if status == 503:
        assert answer.headers["retry-after"] == "1"


async def test_a_conflict_is_a_412_where_the_caller_said_a_version(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/v1/faults/conflict", headers={"If-Match": '"3"'})
    assert is_problem(answer, 412, "version-conflict")["version"] == 5


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("PATCH", "/v1/notes", 405, "method-not-allowed"),
        ("BREW", "/v1/notes", 405, "method-not-allowed"),
        ("GET", "/v1/desks/inn/tickets/7", 404, "not-found"),
        ("GET", "/v1/desks/INN/tickets/" + TICKET, 404, "not-found"),
        ("GET", "/v1/numbers?q=%00", 400, "malformed-request"),
        ("GET", "/v1/num%00bers", 400, "malformed-request"),
        ("GET", "/v1/numbers?limit=101", 422, "validation-failed"),
        ("GET", "/v1/numbers?limit=" + "9" * 6000, 422, "validation-failed"),
        ("GET", "/v1/numbers?cursor=abc", 400, "malformed-request"),
        ("GET", "/v1/numbers?cursor=%D1%84", 400, "malformed-request"),
        ("GET", "/v1/numbers/", 404, "not-found"),
    ],
)
async def test_a_wrong_address_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str
) -> None:
    is_problem(await client.request(method, path), status, slug)


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 422, "validation-failed"),
        (b"null", 422, "validation-failed"),
        (b'{"text": ', 400, "malformed-request"),
        (b'{"text": "\xff"}', 400, "malformed-request"),
        (b"[" * 200_000, 400, "malformed-request"),
        (b'{"text": "x", "number": ' + b"9" * 5000 + b"}", 400, "malformed-request"),
        (b'{"text": "x", "number": 1e400}', 422, "validation-failed"),
        (b'{"text": "\\ud800"}', 422, "validation-failed"),
        (b'{"text": "x", "more": {"a": "\\udc00"}}', 422, "validation-failed"),
        (b'{"\\ud800": 1}', 422, "validation-failed"),
        (b"{}", 422, "validation-failed"),
        (b'{"text": "' + b"x" * 1_100_000 + b'"}', 413, "payload-too-large"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_body_is_a_problem(
    client: httpx.AsyncClient, body: bytes, status: int, slug: str
) -> None:
    headers = {"content-type": "application/json"}
    is_problem(await client.post("/v1/notes", content=body, headers=headers), status, slug)


async def test_a_field_is_named_by_its_json_pointer(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json={"text": 1, "more": {}})
    (error,) = is_problem(answer, 422, "validation-failed")["errors"]
    assert (error["pointer"], error["code"]) == ("/text", "string_type")


async def test_a_parameter_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/numbers?limit=0")
    (error,) = is_problem(answer, 422, "validation-failed")["errors"]
    assert error["parameter"] == "limit"


async def test_a_body_in_another_language_is_a_415(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "text/plain"}
    answer = await client.post("/v1/notes", content=b"text: x", headers=headers)
    is_problem(answer, 415, "unsupported-media-type")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    async def parts() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/notes", content=parts(), headers=headers)
    is_problem(answer, 413, "payload-too-large")


async def test_a_route_with_attachments_takes_forty_megabytes(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/files", content=b"x" * 2_000_000)
    assert answer.json() == 2_000_000
    is_problem(await client.post("/v1/files", content=b"x" * 42_000_000), 413, "payload-too-large")


async def test_a_request_id_that_is_fit_to_be_logged_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/livez", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    answer = await client.get("/livez", headers={"X-Request-ID": "a b"})
    assert answer.headers["x-request-id"] != "a b"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(value=json_values)
async def test_no_body_whatever_gives_a_500(client: httpx.AsyncClient, value: object) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps(value).encode("utf-8", "surrogatepass")
    answer = await client.post("/v1/notes", content=body, headers=headers)
    assert answer.status_code in (201, 400, 422)
