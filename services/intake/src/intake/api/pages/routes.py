"""Style, script and words of the pages, each by its name."""

from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.responses import Response

from intake.api.pages.frame import GUARDS, PACKAGE, words_of
from reglament.errors import NotFound
from reglament.wording import LOCALES

router = APIRouter(prefix="/pages", include_in_schema=False)
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
HEADERS = {**GUARDS, "Cache-Control": "no-cache"}


@router.get("/assets/{name}")
async def page_asset(
    name: Annotated[str, Path(pattern=r"^[a-z_]{1,40}\.(js|css|svg)$")],
) -> Response:
    """A file that a page names."""
    return Response(_content(name), 200, HEADERS, TYPES[name.rpartition(".")[2]])


@lru_cache(maxsize=64)
def _content(name: str) -> bytes:
    file = files(PACKAGE).joinpath("assets", name)
    if not file.is_file():
        raise NotFound("asset", name)
    return file.read_bytes()


@router.get("/words/{locale}")
async def page_words(locale: str) -> Response:
    """What a page's script says, by section and code."""
    if locale not in LOCALES:
        raise NotFound("words", locale)
    return Response(_words(locale), 200, HEADERS, "application/json")


@lru_cache(maxsize=len(LOCALES))
def _words(locale: str) -> bytes:
    return msgspec.json.encode(words_of(locale).sections)
