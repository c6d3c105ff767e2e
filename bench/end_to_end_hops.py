"""Where the time goes, by the services' own histograms: what each hop took on the average."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import httpx

from bench.system import System

# figure -> (service, histogram). From an event's record to Kafka's acknowledgement; to the commit
# of what it caused elsewhere; a batch's handling; from an event to its letter's hand-over.
HOPS = {
    "relay_ms": ("intake", "outbox_relay_duration_seconds"),
    "clock_effect_ms": ("sla_clock", "event_effect_delay_seconds"),
    "clock_batch_ms": ("sla_clock", "messaging_process_duration_seconds"),
    "letter_effect_ms": ("notifier", "event_effect_delay_seconds"),
    "letter_batch_ms": ("notifier", "messaging_process_duration_seconds"),
    "letter_sent_ms": ("notifier", "notification_delay_seconds"),
}
Sums = Mapping[str, tuple[float, float]]


def summed(text: str, histogram: str) -> tuple[float, float]:
    """Seconds and how many, over all labels."""
    found = [
        sum(map(float, re.findall(rf"^{histogram}_{part}(?:\{{.*\}})? (\S+)", text, re.MULTILINE)))
        for part in ("sum", "count")
    ]
    return found[0], found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """What the histograms said when a round began."""

    running: System
    before: Sums

    @classmethod
    async def begun(cls, running: System) -> Self:
        """Now."""
        return cls(running=running, before=await _read(running))

    async def told(self) -> dict[str, float]:
        """Milliseconds each, on the average of what came since."""
        now = await _read(self.running)
        passed = {
            name: (now[name][0] - seconds, now[name][1] - count)
            for name, (seconds, count) in self.before.items()
        }
        return {name: seconds / max(1, count) * 1e3 for name, (seconds, count) in passed.items()}


async def _read(running: System) -> Sums:
    services = sorted({service for service, _ in HOPS.values()})
    async with httpx.AsyncClient(timeout=30) as client:
        asked = [client.get(f"http://127.0.0.1:{running.port(each)}/metrics") for each in services]
        answers = await asyncio.gather(*asked)
    texts = {service: answer.text for service, answer in zip(services, answers, strict=True)}
    return {name: summed(texts[service], histogram) for name, (service, histogram) in HOPS.items()}
