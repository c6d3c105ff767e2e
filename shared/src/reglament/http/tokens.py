"""Signed tokens (JWT, HS256, never another algorithm) which all four services take."""

from datetime import datetime
from typing import Any

import jwt

from reglament.errors import Unauthorized

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "reglament"
LEEWAY_SECONDS = 5


def signed_token(secret: str, claims: dict[str, Any], expires: datetime) -> str:
    """A token with these claims (`sub`, `role`, `desk`, `ticket`), good until `expires`."""
    whole = {**claims, "iss": ISSUER, "aud": AUDIENCE, "exp": expires}
    return jwt.encode(whole, secret, algorithm=ALGORITHM)


def portal_token(secret: str, ticket: str, requester: str, expires: datetime) -> str:
    """What a portal link carries: this requester, on this ticket only."""
    claims = {"sub": requester, "role": "requester", "ticket": ticket}
    return signed_token(secret, claims, expires)


def claims_of(secret: str, token: str) -> dict[str, Any]:
    """What a token says, checked: signature, issuer, audience, times. Raises Unauthorized."""
    try:
        return jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError) as fault:
        raise Unauthorized("the token is not valid") from fault
