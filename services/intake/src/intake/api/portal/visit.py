"""Who looks at a ticket's page: the token of the letter's link, kept as a cookie for it alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from intake.api.here import ticket_for
from intake.api.pages.frame import language, words_of
from intake.office.premises import Premises
from reglament.errors import Forbidden, NotFound, Unauthorized
from reglament.http.auth import PORTAL_COOKIE, Caller, identify
from reglament.instants import rfc3339
from reglament.policy.model import Policy
from reglament.projections import Row
from reglament.wording import Codes

KEPT_SECONDS = 180 * 86_400
LATEST = 4000  # characters of a link
FORMATS = {"ru": "%d.%m.%Y %H:%M", "en": "%-d %b %Y, %H:%M", "fr": "%d/%m/%Y %H:%M"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant for people: `text` by the desk's wall clock, `local` as a form field says it."""

    iso: str
    text: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A requester before the page of their ticket. policy: the ticket's own version."""

    request: Request
    here: Premises
    caller: Caller
    row: Row
    policy: Policy
    locale: str

    @property
    def path(self) -> str:
        """Of the ticket's page."""
        return path_of(self.row["key"])

    @property
    def words(self) -> Codes:
        """In the reader's language."""
        return words_of(self.locale)

    def moment(self, at: str | datetime) -> Moment:
        """An instant as the page shows it, in the desk's zone."""
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        local = instant.astimezone(ZoneInfo(self.policy.time_zone))
        return Moment(
            iso=rfc3339(instant),
            text=local.strftime(FORMATS[self.locale]),
            local=local.strftime("%Y-%m-%dT%H:%M:%S"),
        )

    def asked_moment(self, text: str) -> datetime | None:
        """What a reader asks for: an instant, or a wall time of the desk's; None: neither."""
        try:
            at = datetime.fromisoformat(text.strip().replace(" ", "+"))
        except ValueError:
            return None
        zone = ZoneInfo(self.policy.time_zone)
        at = at.replace(tzinfo=zone) if at.tzinfo is None else at
        return at if 2000 <= at.year < 2100 else None


def path_of(ticket: str) -> str:
    """Of a ticket's page."""
    return f"/portal/tickets/{ticket}"


async def visit_of(request: Request, here: Premises, ticket: str) -> Visit | None:
    """The visit that the browser's cookie allows; None: there is none, or it is good no more."""
    token = request.cookies.get(PORTAL_COOKIE)
    if token is None:
        return None
    try:
        caller = await _caller(request, token, ticket)
        row = await ticket_for(here, caller, ticket)
    except (Unauthorized, NotFound):
        return None
    policy = here.doors.policies.get(row["desk"], row["policy_version"])
    contact = await here.doors.data.contact(row["requester"])
    own = (contact.locale if contact else None) or policy.locale
    return Visit(
        request=request,
        here=here,
        caller=caller,
        row=row,
        policy=policy,
        locale=language(request, own, policy.locale),
    )


async def begun(request: Request, ticket: str, said: str) -> Response:
    """The cookie for the token, or for a whole link that ends in it. Raises Unauthorized."""
    refuse_other_sites(request)
    token = said[:LATEST].strip().rpartition("token=")[2]
    if not token.isascii():
        raise Unauthorized("the token is not valid")
    await _caller(request, token, ticket)
    response = RedirectResponse(path_of(ticket), 303, {"Cache-Control": "no-store"})
    # The page, and what it shows of the public API: nothing else ever gets the token.
    for path in (path_of(ticket), f"/v1/tickets/{ticket}"):
        response.set_cookie(
            PORTAL_COOKIE,
            token,
            max_age=KEPT_SECONDS,
            path=path,
            httponly=True,
            secure=_is_secure(request),
            samesite="strict",
        )
    return response


async def _caller(request: Request, token: str, ticket: str) -> Caller:
    caller = await identify(request.app.state, token)
    if caller.ticket != ticket:
        raise Unauthorized("the link is another ticket's")
    return caller


def refuse_other_sites(request: Request) -> None:
    """A form of another site is nobody's word (beside the cookie's SameSite). Raises Forbidden."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("the form is another site's")


def _is_secure(request: Request) -> bool:
    said = request.headers.get("x-forwarded-proto", request.url.scheme)
    return said.partition(",")[0].strip() == "https"


def texts(values: Any) -> dict[str, str]:
    """A form's plain fields, the last of each name; NUL is no text."""
    return {
        name: value.replace("\x00", "") for name, value in values.items() if isinstance(value, str)
    }
