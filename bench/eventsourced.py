"""The request as an aggregate of the library `eventsourcing`, kept in PostgreSQL."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI

from bench.peers import POOL
from intake.api.schemas import NewTicket


class Ticket(Aggregate):
    """What the request said."""

    @event("Opened")
    def __init__(self, desk: str, body: dict[str, Any]) -> None:
        self.desk, self.body = desk, body


def application() -> FastAPI:
    """The library's calls block, so FastAPI makes them in its threads."""
    at = urlsplit(os.environ["BENCH_DSN"])
    tickets: Application[UUID] = Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": at.path.lstrip("/"),
            "POSTGRES_HOST": str(at.hostname),
            "POSTGRES_PORT": str(at.port),
            "POSTGRES_USER": unquote(str(at.username)),
            "POSTGRES_PASSWORD": unquote(str(at.password)),
            "POSTGRES_POOL_SIZE": str(POOL),
        }
    )
    app = FastAPI()

    @app.post("/v1/desks/{desk}/tickets", status_code=201)
    def open_ticket(desk: str, body: NewTicket) -> dict[str, str]:
        ticket = Ticket(desk=desk, body=body.model_dump(mode="json"))
        tickets.save(ticket)
        return {"id": str(ticket.id)}

    return app
