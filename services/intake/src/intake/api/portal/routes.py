"""The requester's page: a shell without data, its script and its style (contract, Portal).

The page reads the public API with the token of the letter's link; this module knows no ticket.
"""

from functools import lru_cache
from importlib.resources import files
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from reglament.http.parameters import TicketId

router = APIRouter(prefix="/portal", include_in_schema=False)
Asset = Literal["portal.js", "portal.css"]
TYPES = {"portal.js": "text/javascript", "portal.css": "text/css"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/tickets/{ticket}")
async def portal_page(ticket: TicketId) -> Response:
    """The same shell for every id, known or not: who may see the ticket, the API decides."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    return Response(_content("page.html"), 200, headers, "text/html")


@router.get("/assets/portal.js")
async def portal_script() -> Response:
    """The page's one script."""
    return _asset("portal.js")


@router.get("/assets/portal.css")
async def portal_style() -> Response:
    """The page's one style sheet."""
    return _asset("portal.css")


def _asset(name: Asset) -> Response:
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return Response(_content(name), 200, headers, TYPES[name])


@lru_cache(maxsize=3)
def _content(name: str) -> bytes:
    return files("intake.api.portal").joinpath(name).read_bytes()
