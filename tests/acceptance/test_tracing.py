"""One trace from the request to the letter, as an OTLP receiver sees it (architecture 8)."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from oteltap import OtelTapHttpProtobufReceiver, OtelTapHttpProtobufReceiverSettings

from reglament_local.demo.system import Desk, System
from reglament_local.ports import free_port
from tests.support.eventually import eventually
from tests.support.processes import running

pytestmark = pytest.mark.acceptance

GROUP = "messaging.consumer.group.name"
OPENING = "POST /v1/desks/{desk}/tickets"
SENDING = "send reglament.tickets.v1"
PROCESSING = "process reglament.tickets.v1"
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
    told = {"OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
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

    spans = await eventually(whole, timeout=40)
    server = next(span for span in spans if span.name == OPENING)
    assert server.kind == Span.SPAN_KIND_SERVER
    assert server.parent_span_id.hex() == caller
    letter = next(span for span in spans if span.name == "send letter")
    assert PROCESSING in seen.ancestors(letter)
    assert seen.ancestors(letter)[-1] == OPENING
    processed = [span for span in spans if span.name == PROCESSING]
    assert opened["id"] in {said(span)["reglament.ticket"] for span in processed}
    assert opened["id"] not in "".join(span.name for span in spans)
