"""Signed webhooks (Standard Webhooks): one POST, bounded, to a checked address, no redirects."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from notifier.transports.destinations import Guard, NotAllowed

PREFIX = "whsec_"
TOTAL_SECONDS = 20.0
ANSWER_LIMIT = 64 * 1024
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """status None: no answer; because: a code where it was not taken."""

    status: int | None = None
    because: str | None = None

    @property
    def is_taken(self) -> bool:
        """2xx, and nothing else."""
        return self.because is None

    @property
    def is_gone(self) -> bool:
        """The receiver wants no more."""
        return self.status == GONE


def new_secret() -> str:
    """256 random bits in the form that Standard Webhooks gives secrets."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a `whsec_…`. Raises ValueError where it is none, or shorter than 24 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as fault:
        raise ValueError("a secret is whsec_ and base64") from fault
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return key


def signed_headers(
    secrets: Sequence[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """webhook-id, -timestamp, -signature over `id.timestamp.body`: one a secret, with a space."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    digests = [hmac.digest(key_of(secret), signed, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(d).decode()}" for d in digests),
    }


class Webhooks:
    """Posts to receivers that nobody trusts."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(10.0, connect=5.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=0),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """One try. Never raises for what the receiver does."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._post(url, headers, body)
        except NotAllowed as fault:
            return Outcome(because=str(fault))
        except TimeoutError:
            return Outcome(because="timeout")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
            return Outcome(because=f"http-{type(fault).__name__}")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        destination = await self._guard.check(url)
        request = self._client.build_request(
            "POST",
            destination.url,
            content=body,
            headers={
                **headers,
                "Host": destination.host_header,
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "User-Agent": "Reglament-Webhooks/1",
            },
            extensions={"sni_hostname": destination.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            await _drain(response)
        finally:
            await response.aclose()
        if response.is_success:
            return Outcome(status=response.status_code)
        return Outcome(status=response.status_code, because=f"status-{response.status_code}")

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()


async def _drain(response: httpx.Response) -> None:
    """Read a little of the answer, so that the connection ends well; the rest is nobody's."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > ANSWER_LIMIT:
            return
