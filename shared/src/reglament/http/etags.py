"""ETag `"version.view"`, If-Match by version, If-None-Match by the whole (contract, REST)."""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TAG = re.compile(r'^(?:"(\d{1,18})(?:\.[0-9A-Za-z_-]+)?"|(\d{1,18})(?:\.\d{1,18})?)$')


def etag(version: int, view: int | str | None = None) -> str:
    """`"7.3"`: version of the stream, then what else the read view has seen."""
    return f'"{version}"' if view is None else f'"{version}.{view}"'


async def if_match(
    header: Annotated[
        str | None,
        Header(alias="If-Match", description="the ETag you read; 412 where it changed since"),
    ] = None,
) -> int | None:
    """The version that the caller saw; None: none was said, or `*`. Bare digits are taken too."""
    if header is None or header.strip() == "*":
        return None
    match = _TAG.match(header.strip())
    if match is None:
        raise HTTPException(400, "If-Match: one strong ETag of ours is expected")
    return int(match[1] or match[2])


Expected = Annotated[int | None, Depends(if_match)]


def not_modified(request: Request, tag: str) -> Response | None:
    """A 304 where If-None-Match names the tag; else None: answer in full."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    known = {each.strip().removeprefix("W/") for each in header.split(",")}
    if "*" not in known and tag not in known:
        return None
    return Response(status_code=304, headers={"ETag": tag})
