"""A real Prometheus over the running system: Debian's, unpacked into .tools where there is none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from reglament_local.debian import binary
from reglament_local.errors import StackError
from reglament_local.ports import free_port
from reglament_local.processes import Child, Recipe
from reglament_local.watching.profile import Profile
from reglament_local.watching.rules import rules

SERVICES = {
    "intake": "intake",
    "sla_clock": "sla-clock",
    "escalation": "escalation",
    "notifier": "notifier",
}
SCRAPED_EVERY = "1s"
UP_WITHIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """One that runs. url: its base."""

    url: str
    http: httpx.AsyncClient

    async def query(self, expression: str) -> list[Any]:
        """The samples of an instant query. Raises StackError for what is no PromQL."""
        answer = await self.http.get(f"{self.url}/api/v1/query", params={"query": expression})
        document = answer.json()
        if document["status"] != "success":
            raise StackError(f"{expression}: {document.get('error')}")
        return list(document["data"]["result"])

    async def firing(self) -> set[str]:
        """The names of the alerts that wake somebody now."""
        samples = await self.query('ALERTS{alertstate="firing",severity="page"}')
        return {sample["metric"]["alertname"] for sample in samples}


def scrape_config(ready: Mapping[str, Any], rule_file: Path) -> str:
    """prometheus.yml over the four services; the job is the service's name."""
    jobs = [
        {
            "job_name": job,
            "static_configs": [{"targets": [urlsplit(ready[name]).netloc]}],
        }
        for name, job in SERVICES.items()
    ]
    paces = {"scrape_interval": SCRAPED_EVERY, "evaluation_interval": SCRAPED_EVERY}
    whole = {"global": {**paces, "scrape_timeout": SCRAPED_EVERY}, "scrape_configs": jobs}
    return str(yaml.safe_dump({**whole, "rule_files": [str(rule_file)]}, sort_keys=False))


@contextlib.asynccontextmanager
async def prometheus(
    ready: Mapping[str, Any], folder: Path, tools: Path, profile: Profile
) -> AsyncIterator[Prometheus]:
    """It runs within the block, with the rules of a profile, data under `folder`."""
    config, port = _configured(ready, folder, profile), free_port()
    command = (
        str(binary("prometheus", "prometheus", tools)),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
    )
    child = Child(Recipe(name="prometheus", command=command), folder / "prometheus.log")
    await child.start()
    try:
        async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
            running = Prometheus(url=f"http://127.0.0.1:{port}", http=http)
            await _ready(running, child)
            yield running
    finally:
        await child.stop()


def _configured(ready: Mapping[str, Any], folder: Path, profile: Profile) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rule_file, config = folder / "rules.yaml", folder / "prometheus.yaml"
    rule_file.write_text(yaml.safe_dump(rules(profile), sort_keys=False))
    config.write_text(scrape_config(ready, rule_file))
    return config


async def _ready(running: Prometheus, child: Child) -> None:
    async with asyncio.timeout(UP_WITHIN_SECONDS):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await running.http.get(f"{running.url}/-/ready")).is_success:
                    return
            if child.exit_code is not None:
                raise StackError(f"prometheus ended\n{child.last_lines()}")
            await asyncio.sleep(0.1)
