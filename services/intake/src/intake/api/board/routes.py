"""The engineer's board: a page without data. Its script reads the public API of all four services
through the one origin, with the engineer's own key, which no server of pages ever sees.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from intake.api.pages.frame import language, rendered

router = APIRouter(prefix="/board", include_in_schema=False)


@router.get("")
async def board_page(request: Request) -> Response:
    """The same for everybody."""
    return rendered(request, "board.html", language(request), {})
