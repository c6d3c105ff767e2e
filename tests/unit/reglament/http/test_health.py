"""Alive, ready, and what is wrong where not."""

from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from reglament.http.health import CHECKS


class Pool:
    """A database that is there, or not."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    async def fetchval(self, _: str) -> int:
        """One, or the fault."""
        if self.fault is not None:
            raise self.fault
        return 1


@pytest.fixture
def pool(app: FastAPI) -> Pool:
    """The pool of a process whose one loop is at work."""
    pool = Pool()
    states = {"relay": SimpleNamespace(name="relay", halted=False)}
    supervisor = SimpleNamespace(states=states, is_stopping=False)
    app.state.runtime = SimpleNamespace(pool=pool, supervisor=supervisor)
    return pool


async def test_a_process_is_ready_when_all_its_checks_are_ok(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    answer = await client.get("/readyz?verbose")
    assert answer.status_code == 200, answer.text
    assert answer.json()["checks"] == dict.fromkeys(CHECKS, "ok")
    assert (await client.get("/readyz")).json() == {"status": "ok"}


async def test_without_its_database_it_lives_but_is_not_ready(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    pool.fault = ConnectionRefusedError("postgres://user:password@host")
    answer = await client.get("/readyz?verbose=1")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ConnectionRefusedError"
    assert "password" not in answer.text
    assert (await client.get("/livez")).status_code == 200


async def test_on_its_way_out_it_takes_no_more_requests(
    client: httpx.AsyncClient, app: FastAPI, pool: Pool
) -> None:
    app.state.draining = True
    assert (await client.get("/readyz")).status_code == 503


async def test_a_halted_loop_is_named(client: httpx.AsyncClient, app: FastAPI, pool: Pool) -> None:
    app.state.runtime.supervisor.states["relay"].halted = True
    answer = await client.get("/readyz?verbose=true")
    assert (answer.status_code, answer.json()["checks"]["loops"]) == (503, "halted: relay")


async def test_metrics_are_given_with_exemplars_where_they_are_asked_for(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    plain = await client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    accept = {"Accept": "application/openmetrics-text"}
    rich = await client.get("/metrics", headers=accept)
    assert rich.headers["content-type"].startswith("application/openmetrics-text")
    assert rich.text.endswith("# EOF\n")
