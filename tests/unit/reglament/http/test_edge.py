"""Idempotency, ETags, cursors, limits, metrics and documents, over HTTP."""

import httpx
import pytest
from fastapi import FastAPI

from reglament.http.app import ApiDescription, create_api
from reglament.http.limits import Rate, TokenBuckets
from reglament.settings import ProcessSettings
from tests.unit.reglament.http.conftest import KeysInMemory, routes, talking_to
from tests.unit.reglament.http.test_problems import TICKET, is_problem

AGENT = "Bearer rgl_agent"


async def test_the_same_key_and_body_give_the_first_answer(client: httpx.AsyncClient) -> None:
    async def write(text: str, key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return await client.post("/v1/notes", json={"text": text}, headers=headers)

    first, second = await write("a", "k1"), await write("a", '"k1"')
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    is_problem(await write("b", "k1"), 422, "idempotency-key-reused")
    assert (await write("a", "k2")).json() != first.json()


@pytest.mark.parametrize("key", ['""', "x" * 256, "a\tb", '"a'])
async def test_a_key_that_is_none_is_malformed(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/v1/notes", json={"text": "a"}, headers={"Idempotency-Key": key})
    is_problem(answer, 400, "malformed-request")


async def test_another_callers_key_is_another_key(app: FastAPI) -> None:
    headers = {"Idempotency-Key": "k"}
    for token in ("rgl_agent", "rgl_integrator"):
        async with talking_to(app, Authorization=f"Bearer {token}") as client:
            answer = await client.post("/v1/notes", json={"text": token}, headers=headers)
            assert answer.status_code == 201


@pytest.mark.parametrize(
    ("header", "expected"),
    [('"7.3"', 7), ('"7"', 7), ("7", 7), ("7.3", 7), ("*", None), (None, None)],
)
async def test_if_match_says_the_version(
    client: httpx.AsyncClient, header: str | None, expected: int | None
) -> None:
    headers = {} if header is None else {"If-Match": header}
    answer = await client.put("/v1/desks/inn", headers=headers)
    assert answer.json()["expected"] == expected


@pytest.mark.parametrize("header", ['W/"7"', '"x"', "", '"1", "2"', '"' + "9" * 30 + '"'])
async def test_an_etag_that_is_none_of_ours_is_malformed(
    client: httpx.AsyncClient, header: str
) -> None:
    answer = await client.put("/v1/desks/inn", headers={"If-Match": header})
    is_problem(answer, 400, "malformed-request")


async def test_what_is_known_already_is_not_sent_again(client: httpx.AsyncClient) -> None:
    path = f"/v1/desks/inn/tickets/{TICKET}"
    tag = (await client.get(path)).headers["etag"]
    assert tag == '"7.3"'
    for header in (tag, f'"1", W/{tag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": header})
        assert (answer.status_code, answer.headers["etag"]) == (304, tag)
    assert (await client.get(path, headers={"If-None-Match": '"6"'})).status_code == 204


async def test_pages_follow_one_another_by_link(client: httpx.AsyncClient) -> None:
    found, url = [], "/v1/numbers?limit=4&q=a%20b"
    while True:
        answer = await client.get(url)
        found += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            break
        link = answer.links["next"]["url"]
        assert link.startswith("/v1/numbers?")
        assert "limit=4" in link
        url = link
    assert found == list(range(10, 0, -1))
    assert "link" not in answer.headers


async def test_a_cursor_is_good_for_its_own_list_and_unforgeable(
    client: httpx.AsyncClient,
) -> None:
    cursor = (await client.get("/v1/numbers?limit=1")).json()["next_cursor"]
    for forged in (cursor[:-1], "A" + cursor[1:], cursor + "A", ""):
        answer = await client.get("/v1/numbers", params={"cursor": forged})
        is_problem(answer, 400, "malformed-request")


def test_a_bucket_fills_again_and_each_caller_has_its_own() -> None:
    at = [0.0]
    buckets = TokenBuckets(Rate(per_second=2, burst=2), monotonic=lambda: at[0])
    assert [buckets.take(b"a").allowed for _ in range(3)] == [True, True, False]
    assert buckets.take(b"a").wait == pytest.approx(0.5)
    assert buckets.take(b"b").allowed
    at[0] = 0.5
    assert [buckets.take(b"a").allowed for _ in range(2)] == [True, False]


async def test_too_many_requests_are_told_when_to_come_back(
    settings: ProcessSettings, keys: KeysInMemory
) -> None:
    rate = Rate(per_second=0.1, burst=2)
    api = create_api(ApiDescription(title="Notes"), [routes()], settings=settings, rate=rate)
    async with talking_to(api) as client:
        for _ in range(2):
            assert (await client.get("/v1/numbers")).status_code == 200
        answer = await client.get("/v1/numbers")
        is_problem(answer, 429, "too-many-requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert (await client.get("/metrics")).status_code == 200


async def test_requests_are_measured_by_route_and_never_by_path(
    client: httpx.AsyncClient,
) -> None:
    await client.get(f"/v1/desks/inn/tickets/{TICKET}")
    await client.get("/v1/nowhere-at-all")
    text = (await client.get("/metrics")).text
    assert 'http_route="/v1/desks/{desk}/tickets/{ticket}"' in text
    assert 'http_route="unmatched"' in text
    assert TICKET not in text
    assert "nowhere" not in text


async def test_openapi_describes_problems_and_nothing_of_the_framework(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in str(document)
    operation = document["paths"]["/v1/notes"]["post"]
    assert operation["operationId"] == "write_note"
    assert operation["security"] == [{"bearer": []}]
    assert {"400", "401", "403", "404", "409", "413", "415", "422", "429"} <= {
        *operation["responses"]
    }
    for name, response in document["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name
