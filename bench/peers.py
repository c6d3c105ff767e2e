"""What ours is measured against, as its users write it, served by uvicorn as our services are.

`python -m bench.peers NAME PORT`, with the database in BENCH_DSN: `empty` answers nothing after
reading the same body; `insert` puts the request into one table; `eventsourcing` makes it an
aggregate of that library, in the same PostgreSQL.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module

import asyncpg
import uvicorn
from fastapi import FastAPI, Response

from intake.api.schemas import NewTicket
from reglament.ids import new_id

TABLE = """CREATE TABLE IF NOT EXISTS bare_tickets (
    id uuid PRIMARY KEY, desk text NOT NULL, channel text NOT NULL, subject text NOT NULL,
    description text NOT NULL, priority text, requester jsonb NOT NULL, fields jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now())"""
INSERT = """INSERT INTO bare_tickets
    (id, desk, channel, subject, description, priority, requester, fields)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)"""
POOL = 10  # as our services'


def empty() -> FastAPI:
    """Reads the body and does nothing; and a GET that does nothing."""
    app = FastAPI()

    @app.post("/v1/desks/{desk}/tickets", status_code=201)
    async def open_ticket(desk: str, body: NewTicket) -> Response:
        return Response(b'{"id":"1"}', 201, media_type="application/json")

    @app.get("/v1/tickets/{ticket}")
    async def read_ticket(ticket: str) -> Response:
        return Response(b'{"id":"1"}', 200, media_type="application/json")

    return app


def insert() -> FastAPI:
    """One INSERT a request, a transaction of its own."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["BENCH_DSN"], max_size=POOL) as pool:
            await pool.execute(TABLE)
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/desks/{desk}/tickets", status_code=201)
    async def open_ticket(desk: str, body: NewTicket) -> dict[str, str]:
        ticket = new_id()
        await app.state.pool.execute(
            INSERT,
            ticket,
            desk,
            body.channel,
            body.subject,
            body.description,
            body.priority,
            body.requester.model_dump_json(),
            "{}",
        )
        return {"id": ticket}

    return app


def eventsourcing() -> FastAPI:
    """Imported only where it is served: the library fills seconds and memory."""
    found: FastAPI = import_module("bench.eventsourced").application()
    return found


APPLICATIONS: dict[str, Callable[[], FastAPI]] = {
    "empty": empty,
    "insert": insert,
    "eventsourcing": eventsourcing,
}


def main() -> int:
    """Serve until SIGTERM."""
    _, name, port = sys.argv
    uvicorn.run(
        APPLICATIONS[name](),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
