"""Who asks: a Bearer API key or a signed token, and what that caller may see and do.

A foreign desk and a foreign ticket look like none at all: 404, not 403 (contract, REST).
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import State

from reglament.access import Grant
from reglament.errors import Forbidden, NotFound, Unauthorized
from reglament.events.administration import KeyRole
from reglament.events.registry import Actor, ActorKind
from reglament.http.tokens import claims_of
from reglament.ids import pseudonym
from reglament.mail.addresses import mailbox_key

KINDS: Mapping[KeyRole, ActorKind] = {
    "requester": "requester",
    "integrator": "integrator",
    "agent": "engineer",
    "admin": "system",
}
# The token of a letter's link, kept by the browser for the pages of its one ticket.
PORTAL_COOKIE = "reglament_portal"
READING = ("GET", "HEAD")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token of ours says."""

    sub: str
    role: KeyRole
    desk: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. desk: None only for an admin and for a portal link.

    subject: engineer, system, or the requester's id (never an address: it is made an id at once);
    ticket: the only one that a portal link opens; identity: scope of Idempotency-Keys.
    """

    role: KeyRole
    desk: str | None
    subject: str
    identity: str
    ticket: str | None = None

    @property
    def kind(self) -> ActorKind:
        """As what it acts in an event."""
        return KINDS[self.role]

    @property
    def actor(self) -> Actor:
        """The actor of the events that follow from its commands (semantics 24)."""
        return Actor(kind=self.kind, id=self.subject)

    @property
    def is_staff(self) -> bool:
        """Whether it sees what is internal: an agent or an admin (REM-09)."""
        return self.role in ("agent", "admin")

    def check_desk(self, desk: str) -> None:
        """Raises NotFound for a desk that is not the caller's."""
        if self.role != "admin" and self.desk != desk:
            raise NotFound("desk", desk)

    def check_ticket(self, ticket: str, desk: str, requester: str | None) -> None:
        """Raises NotFound for a ticket of another desk, or a requester's of another person."""
        if not self.may_see(ticket, desk, requester):
            raise NotFound("ticket", ticket)

    def may_see(self, ticket: str, desk: str, requester: str | None) -> bool:
        """Whether the ticket exists for this caller."""
        if self.role == "admin":
            return True
        if self.ticket is not None:
            return ticket == self.ticket and requester == self.subject
        if self.desk != desk:
            return False
        return self.role != "requester" or requester == self.subject


class Bearer(HTTPBearer):
    """The caller of a request, as a dependency that the documents know as a security scheme."""

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """Raises Unauthorized."""
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        if not token or scheme.lower() != "bearer":
            return await _by_cookie(request)
        if not token.isascii():
            raise Unauthorized("send `Authorization: Bearer <key>`")
        return await identify(request.app.state, token)


caller_of = Bearer(
    scheme_name="bearer",
    auto_error=False,
    description="an API key (`rgl_…`), or a JWT signed with HS256",
)


async def _by_cookie(request: Request) -> Caller:
    """Who reads by a portal link: a page's pictures, files and streams can send no header.

    Reading only: another site can make a browser send a cookie, but reads no answer.
    """
    token = request.cookies.get(PORTAL_COOKIE) if request.method in READING else None
    if token is None or not token.isascii():
        raise Unauthorized("send `Authorization: Bearer <key>`")
    caller = await identify(request.app.state, token)
    if caller.ticket is None:
        raise Unauthorized("only a portal link's token may come as a cookie")
    return caller


async def is_still_let_in(request: Request) -> bool:
    """Whether what the request came with is good now: an answer that goes on for hours asks again,
    so that a key revoked meanwhile ends it too.
    """
    try:
        await caller_of(request)
    except Unauthorized:
        return False
    return True


async def identify(state: State, token: str) -> Caller:
    """The caller behind a token: the settings' admin key, an issued key, or a JWT."""
    settings = state.settings
    if settings.admin_key is not None and _same(settings.admin_key.get_secret_value(), token):
        return Caller(role="admin", desk=None, subject="admin", identity="admin")
    secret = settings.secret.get_secret_value()
    if token.startswith("rgl_"):
        return _by_key(secret, await state.access.find(token))
    return _by_claims(secret, claims_of(secret, token))


def _same(known: str, given: str) -> bool:
    return bool(known) and hmac.compare_digest(known.encode(), given.encode())


def _by_key(secret: str, grant: Grant | None) -> Caller:
    if grant is None:
        raise Unauthorized("the key is not valid")
    return Caller(
        role=grant.role,
        desk=grant.desk,
        subject=_subject(secret, grant.role, grant.desk, grant.subject or grant.key),
        identity=grant.key,
    )


def _by_claims(secret: str, claims: Mapping[str, Any]) -> Caller:
    try:
        said = msgspec.convert(claims, Claims)
    except msgspec.ValidationError as fault:
        raise Unauthorized("the token does not say a role and a desk") from fault
    is_portal = said.role == "requester" and said.ticket is not None
    if said.desk is None and said.role != "admin" and not is_portal:
        raise Unauthorized("the token does not say a desk")
    subject = _subject(secret, said.role, said.desk, said.sub)
    return Caller(
        role=said.role,
        desk=said.desk,
        subject=subject,
        identity=f"{said.role}:{said.desk or said.ticket}:{subject}",
        ticket=said.ticket,
    )


def _subject(secret: str, role: str, desk: str | None, subject: str) -> str:
    """A requester's address becomes the id under which intake knows that person."""
    if role == "requester" and "@" in subject and desk is not None:
        return pseudonym(secret, desk, mailbox_key(subject))
    return subject


AnyCaller = Annotated[Caller, Security(caller_of)]


def require(*roles: KeyRole) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency: the caller, if of one of these roles; an admin always. Raises Forbidden."""

    async def required(caller: AnyCaller) -> Caller:
        if caller.role != "admin" and caller.role not in roles:
            raise Forbidden(f"the role {caller.role} may not do this")
        return caller

    return required


AgentCaller = Annotated[Caller, Depends(require("agent"))]
DeskCaller = Annotated[Caller, Depends(require("agent", "integrator"))]
RegistrarCaller = Annotated[Caller, Depends(require("integrator"))]
AdminCaller = Annotated[Caller, Depends(require())]
