"""Text that cannot be stored is refused at the door: NUL, and surrogates without a partner.

JSON can say both; PostgreSQL and UTF-8 cannot keep them.
"""

import json
import re
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

# Cheap on every body; only where it finds something is the body looked at closely.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


async def storable_body(request: Request) -> None:
    """Raises RequestValidationError naming the first text that cannot be stored."""
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if not is_suspect(body):
        return
    path = unfit_text(json.loads(body))
    if path is not None:
        message = "NUL and lone surrogates are no text"
        error = {"type": "string_unicode", "loc": ("body", *path), "msg": message}
        raise RequestValidationError([error])


def is_suspect(body: bytes) -> bool:
    """Whether JSON may hold a text that cannot be stored: it is to be looked at closely."""
    return _SUSPECT.search(body) is not None


def unfit_text(value: Any) -> tuple[str | int, ...] | None:
    """The path to the first text, or name, that cannot be stored; None: all can."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str) and _UNFIT.search(each):
            return path
        if isinstance(each, list):
            waiting.extend(((*path, index), item) for index, item in enumerate(each))
        elif isinstance(each, dict):
            if any(_UNFIT.search(name) for name in each):
                return path
            waiting.extend(((*path, name), item) for name, item in each.items())
    return None
