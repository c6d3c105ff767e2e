"""Who may see what, by key and by token."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from fastapi import FastAPI

from reglament.access import Grant
from reglament.http.auth import PORTAL_COOKIE, identify
from reglament.http.tokens import portal_token, signed_token
from reglament.ids import pseudonym
from tests.unit.reglament.http.conftest import ADMIN, SECRET, KeysInMemory, talking_to
from tests.unit.reglament.http.test_problems import is_problem

TICKET = "0199d5c0-0000-7000-8000-000000000001"
OTHER = "0199d5c0-0000-7000-8000-000000000002"
PATH = f"/v1/desks/inn/tickets/{TICKET}"
LATER = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - PyJWT reads the real clock


async def status_of(app: FastAPI, token: str | None, path: str = PATH) -> int:
    """What a GET answers."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with talking_to(app, **headers) as client:
        return (await client.get(path)).status_code


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer rgl_unknown", "Basic YTpi", "Bearer x.y.z", "Bearer \u00fc"],
)
async def test_without_a_valid_key_the_answer_is_401(app: FastAPI, authorization: str) -> None:
    async with talking_to(app) as client:
        headers = {"Authorization": authorization.encode()}
        answer = await client.get(PATH, headers=headers)  # type: ignore[arg-type]
    is_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (ADMIN, 204),
        ("rgl_agent", 204),
        ("rgl_integrator", 204),
        ("rgl_requester", 204),
    ],
)
async def test_each_role_sees_a_ticket_of_its_own(app: FastAPI, token: str, status: int) -> None:
    assert await status_of(app, token) == status


@pytest.mark.parametrize("token", ["rgl_agent", "rgl_integrator", "rgl_requester"])
async def test_a_foreign_desk_is_no_desk_at_all(app: FastAPI, token: str) -> None:
    assert await status_of(app, token, PATH.replace("inn", "elsewhere")) == 404


async def test_a_requester_sees_no_other_persons_ticket(app: FastAPI, keys: KeysInMemory) -> None:
    keys.grants["rgl_2"] = Grant(key="k2", role="requester", desk="inn", subject="r2")
    assert await status_of(app, "rgl_2") == 404


async def test_a_requester_is_known_by_the_id_made_of_the_address(
    app: FastAPI, keys: KeysInMemory
) -> None:
    keys.grants["rgl_3"] = Grant(key="k", role="agent", desk="inn", subject="ivan@x.example")
    async with talking_to(app, Authorization="Bearer rgl_3") as client:
        assert (await client.put("/v1/desks/inn")).json()["subject"] == "ivan@x.example"
    claims = {"sub": "Anna@X.example ", "role": "requester", "desk": "inn"}
    caller = await identify(app.state, signed_token(SECRET, claims, LATER))
    assert caller.subject == pseudonym(SECRET, "inn", "anna@x.example")


async def test_a_role_that_may_not_is_told_so(app: FastAPI) -> None:
    async with talking_to(app, Authorization="Bearer rgl_integrator") as client:
        is_problem(await client.put("/v1/desks/inn"), 403, "forbidden")


async def test_a_portal_link_opens_its_own_ticket_only(app: FastAPI) -> None:
    token = portal_token(SECRET, TICKET, "r1", LATER)
    assert await status_of(app, token) == 204
    assert await status_of(app, token, PATH.replace(TICKET, OTHER)) == 404
    assert await status_of(app, portal_token(SECRET, TICKET, "r2", LATER)) == 404


async def test_a_portal_links_token_may_come_as_a_cookie_to_read_alone(app: FastAPI) -> None:
    cookie = f"{PORTAL_COOKIE}={portal_token(SECRET, TICKET, 'r1', LATER)}"
    async with talking_to(app, Cookie=cookie) as client:
        assert (await client.get(PATH)).status_code == 204
        assert (await client.get(PATH.replace(TICKET, OTHER))).status_code == 404
        is_problem(await client.put("/v1/desks/inn"), 401, "unauthorized")


@pytest.mark.parametrize("token", [ADMIN, "rgl_agent", "rgl_requester", "x", "\u00fc"])
async def test_no_key_may_come_as_a_cookie(app: FastAPI, token: str) -> None:
    async with talking_to(app) as client:
        cookie = f"{PORTAL_COOKIE}={token}".encode()
        answer = await client.get(PATH, headers=[(b"Cookie", cookie)])
    is_problem(answer, 401, "unauthorized")


def claims(**changes: object) -> dict[str, object]:
    """Of an agent, changed; None takes one out."""
    whole = {"sub": "e1", "role": "agent", "desk": "inn", "iss": "reglament", "aud": "reglament"}
    return {k: v for k, v in {**whole, "exp": LATER, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"nbf": LATER},
        {"exp": None},
        {"iss": "another"},
        {"aud": "another"},
        {"role": "owner"},
        {"desk": None},
        {"desk": 7},
        {"sub": None},
    ],
    ids=["over", "not yet", "endless", "issuer", "audience", "role", "no desk", "desk", "nobody"],
)
async def test_a_token_is_checked_in_every_part(app: FastAPI, changes: dict[str, object]) -> None:
    assert await status_of(app, jwt.encode(claims(), SECRET, "HS256")) == 204
    assert await status_of(app, jwt.encode(claims(**changes), SECRET, "HS256")) == 401


async def test_a_token_of_another_algorithm_or_secret_is_refused(app: FastAPI) -> None:
    other = "another secret of the tests, also long enough for any of the algorithms of HMAC"
    assert await status_of(app, jwt.encode(claims(), other, "HS256")) == 401
    assert await status_of(app, jwt.encode(claims(), SECRET * 2, "HS512")) == 401
    assert await status_of(app, jwt.encode(claims(), "", "none")) == 401
