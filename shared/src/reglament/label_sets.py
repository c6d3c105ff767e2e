"""Sets every series that can be foreseen to 0, so that a first event is a rise (Prometheus).

A series that appears with the value 1 has, to `rate()`, not risen: the first dead letter, the
first breach of a desk would ring nowhere.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from reglament import metrics
from reglament.events import topics
from reglament.events.registry import all_types
from reglament.messaging.incoming import Reason
from reglament.policy.letters import LetterName
from reglament.policy.model import Policy
from reglament.policy.values import MetricName
from reglament.policy_book import PolicyBook

EVERY_SECONDS = 5.0
LETTER_OUTCOMES = (
    "ticket",
    "message",
    "returned",
    "refused",
    "duplicate",
    "report",
    "automatic",
    "quarantined",
)
NOTIFICATION_OUTCOMES = ("sent", "failed", "suppressed", "bounced")
OPEN_STATES = ("running", "paused", "breached")
REFUSALS = ("rules-violated", "not-entitled", "channel-not-accepted")


def of_store(service: str) -> None:
    """The events that it may append."""
    for entry in all_types():
        if topics.OWNERS[entry.topic] == service:
            metrics.STORE_EVENTS.labels(entry.name)


def of_reader(service: str, read: Iterable[str]) -> None:
    """The topics that it consumes."""
    metrics.PROCESS_DURATION.labels(service, "")
    for topic in read:
        metrics.CONSUMED.labels(topic)
        metrics.EVENTS_SKIPPED.labels(topic)
        for reason in get_args(Reason):
            metrics.DEAD_LETTERS.labels(topic, reason)


def of_letters(service: str) -> None:
    """What may become of the letters that it writes."""
    if service == "notifier":
        for template in get_args(LetterName):
            for outcome in NOTIFICATION_OUTCOMES:
                metrics.NOTIFICATIONS.labels(template, outcome)


async def follow_desks(service: str, policies: PolicyBook, stopping: asyncio.Event) -> None:
    """A loop: the series of each desk, as soon as its policy is known."""
    known: set[str] = set()
    fill = OF_DESK.get(service, _nothing)
    while not stopping.is_set():
        for desk, entry in policies.desks().items():
            if desk not in known:
                fill(desk, entry.policy)
                known.add(desk)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)


def _intake(desk: str, policy: Policy) -> None:
    for channel in policy.channels:
        for priority in policy.priorities.levels:
            metrics.TICKETS_CREATED.labels(channel, desk, priority)
        for kind in REFUSALS:
            metrics.REQUESTS_REFUSED.labels(desk, channel, kind)
    if policy.mailbox is not None:
        for outcome in LETTER_OUTCOMES:
            metrics.LETTERS.labels(desk, outcome)


def _sla_clock(desk: str, policy: Policy) -> None:
    for metric in get_args(MetricName):
        for state in OPEN_STATES:
            metrics.CLOCKS_OPEN.labels(desk, metric, state)
        for counter in (metrics.MET, metrics.BREACHES, metrics.AT_RISK):
            counter.labels(desk, metric)


def _escalation(desk: str, policy: Policy) -> None:
    for level in policy.levels:
        metrics.ESCALATIONS.labels(desk, level.name)


def _nothing(desk: str, policy: Policy) -> None:
    """The notifier counts by template, never by desk."""


OF_DESK: Mapping[str, Callable[[str, Policy], None]] = {
    "intake": _intake,
    "sla-clock": _sla_clock,
    "escalation": _escalation,
}
