"""Lists by cursor: opaque, signed, over (time, id); newest rows never shift a page."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

DEFAULT_LIMIT, MOST = 25, 100
_SIGNATURE = 16
R = TypeVar("R")


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last row that was shown."""

    at: datetime
    id: str


def _signature(secret: str, path: str, body: bytes) -> bytes:
    key = hmac.digest(secret.encode(), b"cursor", hashlib.sha256)
    return hmac.digest(key, path.encode("utf-8", "replace") + b"\x00" + body, hashlib.sha256)[
        :_SIGNATURE
    ]


def sealed(secret: str, path: str, cursor: Cursor) -> str:
    """The cursor as text, good for this path only."""
    body = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_signature(secret, path, body) + body).decode().rstrip("=")


def opened(secret: str, path: str, text: str) -> Cursor:
    """The cursor out of its text. HTTP 400 where it is not ours."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if hmac.compare_digest(signature, _signature(secret, path, body)):
            return msgspec.json.decode(body, type=Cursor)
    except ValueError:
        pass
    raise HTTPException(400, "cursor: not one that this list gave")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What the caller wants. Fetch `limit + 1` rows after `after`, then `answer` them."""

    request: Request
    secret: str
    limit: int
    after: Cursor | None

    @property
    def fetch(self) -> int:
        """Rows to fetch: one more than is shown says whether there is a next page."""
        return self.limit + 1

    def answer(
        self,
        rows: Sequence[R],
        cursor_of: Callable[[R], Cursor],
        shown: Callable[[R], Any] = lambda row: row,
    ) -> Response:
        """`{"items": […], "next_cursor": …}` with `Link: rel="next"`."""
        items, text = rows[: self.limit], None
        headers = {}
        if len(rows) > self.limit:
            text = sealed(self.secret, self.request.url.path, cursor_of(items[-1]))
            following = self.request.url.include_query_params(cursor=text)
            link = following.replace(scheme="", netloc="")
            headers["Link"] = f'<{link}>; rel="next"'
        document = {"items": [shown(row) for row in items], "next_cursor": text}
        return Response(msgspec.json.encode(document), 200, headers, "application/json")


async def page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="rows a page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before")
    ] = None,
) -> PageRequest:
    """The page that the query asks for."""
    secret = request.app.state.settings.secret.get_secret_value()
    after = None if cursor is None else opened(secret, request.url.path, cursor)
    return PageRequest(request=request, secret=secret, limit=limit, after=after)


Page = Annotated[PageRequest, Depends(page_request)]
