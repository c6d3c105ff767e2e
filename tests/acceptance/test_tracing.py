"""One trace from the request to the letter, as an OTLP receiver sees it (architecture 8)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from oteltap import OtelTapHttpProtobufReceiver, OtelTapHttpProtobufReceiverSettings

from reglament import clock
from reglament_local.demo.letters import written
from reglament_local.demo.publishing import published
from reglament_local.demo.stories.sixth import policy
from reglament_local.demo.system import Desk, System
from reglament_local.ports import free_port
from tests.support.eventually import eventually
from tests.support.processes import running

pytestmark = pytest.mark.acceptance

GROUP = "messaging.consumer.group.name"
OPENING = "POST /v1/desks/{desk}/tickets"
SENDING = "send reglament.tickets.v1"
PROCESSING = "process reglament.tickets.v1"
PROCESSING_SLA = "process reglament.sla.v1"
LOGS = ("intake", "sla-clock", "escalation", "notifier", "front", "postgres", "kafka")
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
EXEMPLARS = (
    ("intake", "http_server_request_duration_seconds"),
    ("intake", "outbox_relay_duration_seconds"),
    ("sla_clock", "event_effect_delay_seconds"),
    ("notifier", "notification_delay_seconds"),
)
CANARY = "kanarek7f3e5b1c"
PATIENCE = 90.0
REQUEST = {
    "channel": "web",
    "subject": "Сервер не отвечает",
    "description": "Приложение не может подключиться к базе.",
    "priority": "critical",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the receiver got so far: every span by its id."""

    spans: dict[bytes, Span] = field(default_factory=dict)

    def trace_of(self, trace: str) -> list[Span]:
        """The spans of one trace, `trace` in hexadecimal."""
        return [span for span in self.spans.values() if span.trace_id.hex() == trace]

    def ancestors(self, span: Span) -> list[str]:
        """The names on the way from a span to its trace's beginning."""
        names = []
        parent = self.spans.get(span.parent_span_id)
        while parent is not None:
            names.append(parent.name)
            parent = self.spans.get(parent.parent_span_id)
        return names


def said(span: Span) -> Mapping[str, str]:
    """Its textual attributes."""
    return {pair.key: pair.value.string_value for pair in span.attributes}


@pytest.fixture(scope="module")
def port() -> int:
    """Where the receiver will listen."""
    return free_port()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Path]:
    """ready.json of a system that exports its traces."""
    folder = tmp_path_factory.mktemp("traced")
    told = {
        "OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "INTAKE_TRACE_URL": "https://traces.example/trace/{trace_id}",
    }
    with running(folder, ("run",), "ready.json", told):
        yield folder / "ready.json"


@pytest.fixture
async def seen(port: int) -> AsyncIterator[Seen]:
    """A receiver that collects."""
    found = Seen()
    receiver = OtelTapHttpProtobufReceiver(OtelTapHttpProtobufReceiverSettings(http_port=port))

    async def collect() -> None:
        async for span in receiver.stream_traces():
            found.spans[span.span_id] = span

    async with receiver:
        collecting = asyncio.create_task(collect())
        yield found
        collecting.cancel()
        with suppress(asyncio.CancelledError):
            await collecting


async def test_one_trace_goes_from_the_request_to_the_letter(traced: Path, seen: Seen) -> None:
    trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace}-{caller}-01"}
    async with httpx.AsyncClient(timeout=20.0, trust_env=False, headers=headers) as http:
        site = System.of(traced, http)
        desk, client = Desk(system=site, name="remsys"), site.address("anna")
        sender = {"name": "Anna", "email": client, "locale": "ru"}
        opened = await desk.open({**REQUEST, "requester": sender})

    async def whole() -> list[Span]:
        spans = seen.trace_of(trace)
        names = {span.name for span in spans}
        assert {OPENING, SENDING, PROCESSING, "send letter"} <= names
        groups = {said(span)[GROUP] for span in spans if span.name == PROCESSING}
        assert {"sla-clock", "escalation", "notifier"} <= groups
        return spans

    spans = await eventually(whole, timeout=PATIENCE)
    server = next(span for span in spans if span.name == OPENING)
    assert server.kind == Span.SPAN_KIND_SERVER
    assert server.parent_span_id.hex() == caller
    letter = next(span for span in spans if span.name == "send letter")
    assert PROCESSING in seen.ancestors(letter)
    assert seen.ancestors(letter)[-1] == OPENING
    processed = [span for span in spans if span.name == PROCESSING]
    assert opened["id"] in {said(span)["reglament.ticket"] for span in processed}
    assert opened["id"] not in "".join(span.name for span in spans)
    assert await without_exemplars(site.ready["metrics"]) == set()


async def test_a_timers_trace_leads_back_and_nothing_anybody_wrote_is_in_traces_and_logs(
    traced: Path, seen: Seen
) -> None:
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        site = System.of(traced, http, PATIENCE)
        desk = await published(site, policy(f"traced{site.run}"))
        for name, level in (("first", "L1"), ("second", "L2")):
            await desk.engineer(name, level)
        opened = await desk.open(canary(site))
        rows = await desk.happened(opened["id"], "ClockBreached", "Escalated", "NotificationSent")
        mailed = await by_letter(desk)

    trace = str(rows[0]["trace_url"]).rpartition("/")[2]

    async def fired() -> Span | None:
        found = (
            span
            for span in seen.spans.values()
            if span.name == "fire timer"
            and said(span)["reglament.ticket"] == opened["id"]
            and PROCESSING_SLA in {each.name for each in seen.trace_of(span.trace_id.hex())}
        )
        return next(found, None)

    timer = await eventually(fired, timeout=PATIENCE)
    assert timer is not None
    assert not timer.parent_span_id
    assert {link.trace_id.hex() for link in timer.links} == {trace}

    async def linked() -> bool:
        batches = [one for one in seen.spans.values() if not one.parent_span_id and one.links]
        assert trace in {to.trace_id.hex() for one in batches for to in one.links}
        assert "process letter" in {one.name for one in seen.trace_of(trace_in(mailed))}
        return True

    await eventually(linked, timeout=PATIENCE)

    async def told() -> str:
        logs = "".join((traced.parent / "log" / f"{name}.log").read_text() for name in LOGS)
        lines = {line["id"]: line for line in lines_of(logs, opened["id"])}
        for row in rows:
            line = lines.get(row["id"], {})
            assert (line.get("type"), line.get("trace_id")) == (row["type"], trace_in([row]))
        return logs

    assert CANARY not in await eventually(told, timeout=PATIENCE)
    assert not [span.name for span in seen.spans.values() if CANARY in str(span)]


async def without_exemplars(addresses: Mapping[str, str]) -> set[str]:
    """The histograms that lead to no trace though one was made."""
    missing: set[str] = set()
    async with httpx.AsyncClient(trust_env=False) as http:
        for service, histogram in EXEMPLARS:
            answer = await http.get(addresses[service], headers={"Accept": OPEN_METRICS})
            lines = [line for line in answer.text.splitlines() if line.startswith(histogram)]
            if not any(re.search(r'# \{trace_id="[0-9a-f]{32}"\}', line) for line in lines):
                missing.add(f"{service} {histogram}")
    return missing


def canary(site: System) -> dict[str, object]:
    """A request in which everything that a person writes is a canary."""
    sender = {"name": CANARY, "email": site.address(CANARY), "locale": "ru"}
    return {**REQUEST, "subject": CANARY, "description": CANARY, "requester": sender}


async def by_letter(desk: Desk) -> list[dict[str, Any]]:
    """The history of a ticket that a letter opened, in which all is a canary too."""
    site = desk.system
    sender = site.address(f"{CANARY}2")
    letter = written(sender=sender, to=desk.mailbox, subject=CANARY, body=CANARY)
    await site.post.send(letter, clock.now())

    async def look() -> list[dict[str, Any]] | None:
        found = (await desk.get(f"/tickets?desk={desk.name}"))["items"]
        letters = [each["id"] for each in found if each["channel"] == "email"]
        return await desk.history(letters[0]) if letters else None

    return await site.until(look, "the letter's ticket")


def trace_in(rows: list[dict[str, Any]]) -> str:
    """The id in the way to the first row's trace."""
    return str(rows[0]["trace_url"]).rpartition("/")[2]


def lines_of(logs: str, ticket: str) -> list[dict[str, Any]]:
    """The lines that events of a ticket have."""
    lines = [json.loads(line) for line in logs.splitlines() if '"event_sent"' in line]
    return [line for line in lines if line.get("ticket") == ticket]
