"""The running system as its users see it: keys, REST, letters. Nothing here knows an inside."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from reglament_local.demo.letters import Post

T = TypeVar("T")
PATIENCE_SECONDS = 30.0
Json = dict[str, Any]


class StoryFailed(AssertionError):
    """A story ended other than it should."""


def expect(condition: object, what: str) -> None:
    """Raise StoryFailed with `what` should have been, where it is not."""
    if not condition:
        raise StoryFailed(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Addresses and keys of `.run/ready.json`, and one HTTP client.

    patience: seconds after which what does not come is given up.
    """

    ready: Json
    http: httpx.AsyncClient
    post: Post
    patience: float = PATIENCE_SECONDS
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])  # noqa: TID251 - of a demo run

    @classmethod
    def of(
        cls, ready_file: Path, http: httpx.AsyncClient, patience: float = PATIENCE_SECONDS
    ) -> "System":
        """The system that wrote `ready_file`."""
        ready = json.loads(ready_file.read_text())
        post = Post(smtp=ready["smtp"], imap=ready["imap"])
        return cls(ready=ready, http=http, post=post, patience=patience)

    def address(self, who: str) -> str:
        """A mailbox that no earlier run has used."""
        return f"{who}.{self.run}@clients.example"

    def key(self, desk: str, role: str) -> str:
        """The key of a desk's role; admin's where the desk has none of its own."""
        keys = self.ready["keys"]
        return str(keys["admin"] if role == "admin" else keys[desk][role])

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str,
        body: Json | None = None,
        status: int | None = None,
    ) -> httpx.Response:
        """One request through the front; `status` is what it should answer."""
        headers = {"Authorization": f"Bearer {key}"}
        if method == "POST":
            headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'  # noqa: TID251 - a client's own
        answer = await self.http.request(
            method, f"{self.ready['front']}/v1{path}", json=body, headers=headers
        )
        if status is not None:
            expect(
                answer.status_code == status,
                f"{method} {path}: {answer.status_code}, not {status}: {answer.text[:600]}",
            )
        return answer

    async def until(
        self, look: Callable[[], Awaitable[T | None]], what: str, within: float | None = None
    ) -> T:
        """The first answer of `look` that is something; StoryFailed after `within` seconds."""
        within = self.patience if within is None else within
        async with asyncio.timeout(within) as limit:
            try:
                while True:
                    if found := await look():
                        return found
                    await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                if limit.expired():
                    raise StoryFailed(f"not within {within:.0f} s: {what}") from None
                raise
        raise StoryFailed(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One desk of the system."""

    system: System
    name: str

    @property
    def mailbox(self) -> str:
        """The desk's address, as every policy here has it."""
        return f"support@{self.name}.example"

    async def open(self, body: Json, *, role: str = "integrator", status: int = 201) -> Json:
        """`POST /desks/{desk}/tickets`: the Ticket, or the problem."""
        answer = await self.system.call(
            "POST",
            f"/desks/{self.name}/tickets",
            key=self.system.key(self.name, role),
            body=body,
            status=status,
        )
        return dict(answer.json())

    async def act(self, ticket: str, action: str, body: Json | None = None) -> Json:
        """A ticket command as the desk's agent."""
        answer = await self.system.call(
            "POST",
            f"/tickets/{ticket}/{action}",
            key=self.system.key(self.name, "agent"),
            body=body or {},
        )
        expect(answer.is_success, f"{action}: {answer.status_code} {answer.text[:600]}")
        return dict(answer.json())

    async def get(self, path: str) -> Json:
        """A read as the desk's agent."""
        key = self.system.key(self.name, "agent")
        return dict((await self.system.call("GET", path, key=key, status=200)).json())

    async def ticket(self, ticket: str) -> Json:
        """The Ticket as it is now."""
        return await self.get(f"/tickets/{ticket}")

    async def history(self, ticket: str) -> list[Json]:
        """The whole history, in its order."""
        return list((await self.get(f"/tickets/{ticket}/history?limit=100"))["items"])

    async def clock(self, ticket: str, metric: str) -> Json | None:
        """The newest cycle's target of that metric; None: there is none (yet)."""
        key = self.system.key(self.name, "agent")
        answer = await self.system.call("GET", f"/tickets/{ticket}/sla", key=key)
        if answer.status_code == 404:
            return None
        targets = [t for t in answer.json()["targets"] if t["metric"] == metric]
        return targets[-1] if targets else None

    async def claim(self, engineer: str, level: str | None = None) -> Json | None:
        """The next ticket of the queue, None: it is empty."""
        body = {"engineer": engineer} | ({"level": level} if level else {})
        answer = await self.system.call(
            "POST",
            f"/desks/{self.name}/queue/claims",
            key=self.system.key(self.name, "agent"),
            body=body,
        )
        expect(answer.status_code in {200, 204}, f"claim: {answer.text[:400]}")
        return dict(answer.json()) if answer.status_code == 200 else None

    async def engineer(self, name: str, level: str, **more: object) -> str:
        """An engineer of this run, registered; its id."""
        identifier = f"{name}-{self.system.run}"
        body = {
            "name": name.title(),
            "email": self.system.address(identifier),
            "locale": "ru",
            "active": True,
            "level": level,
            "languages": ["ru", "en"],
            "qualifications": [],
            "departments": [],
            "since": "2024-01-15",
        } | more
        answer = await self.system.call(
            "PUT",
            f"/desks/{self.name}/engineers/{identifier}",
            key=self.system.key(self.name, "admin"),
            body=body,
        )
        expect(answer.is_success, f"engineer {name}: {answer.status_code} {answer.text[:400]}")
        return identifier

    async def customer(self, identifier: str, body: Json) -> None:
        """A customer on the desk's register."""
        await self.system.call(
            "PUT",
            f"/desks/{self.name}/customers/{identifier}",
            key=self.system.key(self.name, "admin"),
            body=body,
            status=200,
        )

    async def status(self, ticket: str, wanted: str) -> Json:
        """The Ticket, once it has that status."""

        async def look() -> Json | None:
            found = await self.ticket(ticket)
            return found if found["status"] == wanted else None

        return await self.system.until(look, f"{self.name}: status {wanted}")

    async def happened(self, ticket: str, *types: str) -> list[Json]:
        """The history, once events of all these types are in it."""

        async def look() -> list[Json] | None:
            rows = await self.history(ticket)
            return rows if set(types) <= {row["type"] for row in rows} else None

        return await self.system.until(look, f"{self.name}: history with {', '.join(types)}")

    async def clock_is(self, ticket: str, metric: str, state: str, **told: object) -> Json:
        """The target, once it is in that state and has those members.

        What a running clock promises is another event's doing than its running: who has changed it
        names the member that he waits for.
        """
        wanted = {"state": state, **told}

        async def look() -> Json | None:
            target = await self.clock(ticket, metric)
            return target if target and wanted.items() <= target.items() else None

        return await self.system.until(look, f"{self.name}: {metric} {wanted}")
