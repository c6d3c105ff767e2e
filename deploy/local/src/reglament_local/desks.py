"""Tells a running system its desks: publishes policies and makes keys where something changed.

What was published and made is kept in .run/published.json, per intake database, so that a second
start finds the same keys.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx

from reglament_local.errors import StackError
from reglament_local.policies import policy_files
from reglament_local.secrets_file import write_private

# Contract "REST": a key's subject is an engineer, a requester or a system.
SUBJECTS = {
    "integrator": "local-integrator",
    "agent": "local-agent",
    "requester": "requester@customer.example",
}
HEARD_SECONDS = 60.0
NOT_YET = (401, 403, 404)


class Desks:
    """Speaks to intake as the admin; remembers in `file` what it did to `database`.

    `keys`: desk -> role -> key.
    """

    def __init__(self, client: httpx.AsyncClient, file: Path, database: str) -> None:
        self._client = client
        self._file = file
        self._database = database
        kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        if kept.get("database") != database:
            kept = {}
        self._digests: dict[str, str] = kept.get("policies", {})
        self.keys: dict[str, dict[str, str]] = kept.get("keys", {})

    async def publish(self, policies: Path) -> int:
        """Publishes the changed ones of the folder's policy files; gives their number."""
        count = 0
        for file in await asyncio.to_thread(policy_files, policies):
            digest = hashlib.sha256(file.text).hexdigest()
            if self._digests.get(file.desk) != digest:
                await self._put_policy(file.desk, file.text, digest)
                count += 1
            await self._make_keys(file.desk)
        return count

    async def _put_policy(self, desk: str, text: bytes, digest: str) -> None:
        headers = {"Content-Type": "application/yaml", "Idempotency-Key": f"{desk}-{digest}"}
        path = f"/v1/desks/{desk}/policy"
        answer = await self._client.put(path, content=text, headers=headers)
        _refuse(answer, f"the policy of {desk}")
        self._digests[desk] = digest
        self._save()

    async def _make_keys(self, desk: str) -> None:
        keys = self.keys.setdefault(desk, {})
        for role, subject in SUBJECTS.items():
            if role not in keys:
                body = {"role": role, "desk": desk, "subject": subject}
                answer = await self._client.post("/v1/keys", json=body)
                _refuse(answer, f"a key for {desk}")
                keys[role] = answer.json()["key"]
                self._save()

    def _save(self) -> None:
        known = {"database": self._database, "policies": self._digests, "keys": self.keys}
        write_private(self._file, json.dumps(known, indent=1))


def _refuse(answer: httpx.Response, what: str) -> None:
    if answer.is_error:
        raise StackError(
            f"intake refused {what}: {answer.status_code} {answer.text[:500]}",
            "see .run/log/intake.log",
        )


async def until_heard(
    urls: Mapping[str, str],
    keys: Mapping[str, Mapping[str, str]],
    not_yet: Collection[int] = NOT_YET,
) -> None:
    """Waits until the other three services know every desk and its integrator's key (they hear
    over Kafka). not_yet: what is answered until then.
    """
    bound = time.monotonic() + HEARD_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for desk, roles in keys.items():
            for url in (
                f"{urls['sla_clock']}/v1/desks/{desk}/sla",
                f"{urls['escalation']}/v1/desks/{desk}/queue",
                f"{urls['notifier']}/v1/subscriptions?desk={desk}",
            ):
                await _until_known(client, url, (roles["integrator"], not_yet), bound)


async def _until_known(
    client: httpx.AsyncClient, url: str, asked: tuple[str, Collection[int]], bound: float
) -> None:
    key, not_yet = asked
    while True:
        answer = await client.get(url, headers={"Authorization": f"Bearer {key}"})
        if answer.status_code not in not_yet:
            return
        if time.monotonic() > bound:
            raise StackError(
                f"{url} still answers {answer.status_code} after {HEARD_SECONDS:.0f} s:"
                f" {answer.text[:300]}",
                "the service does not hear intake's events: see its log in .run/log",
            )
        await asyncio.sleep(0.1)
