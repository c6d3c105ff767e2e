"""Letters that nobody would write, to their outcomes: real PostgreSQL, real worker process."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reglament.messaging.provisioning import LARGEST_RECORD
from tests.integration.intake.channels.mail.postoffice import POLICY, PostOffice, post_office
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
DESK = {**POLICY, "request": {}, "duplicates": {"window": "0s"}}
ODD: dict[str, tuple[str, dict[str, str | None], str]] = {
    "megabytes": ("слово " * 300_000, {"Content-Type": "text/plain; charset=utf-8"}, "ticket"),
    "wide-markup": ("<p>word</p>" * 20_000, {"Content-Type": "text/html"}, "ticket"),
    "deep-markup": ("<div>" * 10_000 + "word", {"Content-Type": "text/html"}, "ticket"),
    "long-subject": ("x", {"Subject": "длинная тема " * 4_000}, "ticket"),
    "nul": ("a\x00b", {"Subject": "=?utf-8?q?a=00b?="}, "ticket"),
    "half-a-pair": ("+2AA-", {"Content-Type": "text/plain; charset=utf-7"}, "ticket"),
    "spaced-id": ("x", {"Message-ID": "<one two@x>"}, "ticket"),
    "long-id": ("x", {"Message-ID": f"<{'ж' * 498}@x>"}, "ticket"),
    "bare-id": ("x", {"Message-ID": "one@x", "In-Reply-To": "two@x"}, "ticket"),
    "nothing": ("", {"Subject": None}, "ticket"),
    "quoted-local": ("x", {"From": '"a, b"@x.example'}, "ticket"),
    "eai": ("x", {"From": "Анна <анна@почта.рф>"}, "ticket"),
    "odd-parameters": (
        "x",
        {"Content-Type": "image/png; name*0*=x; name*0=y; name*=z"},
        "ticket",
    ),
    "second-null-path": ("x", {"Return-Path": "<a@x>\r\nReturn-Path: <>"}, "automatic"),
    "unseen-letters": ("x", {"From": "ann\u200b@customer.example"}, "quarantined"),
    "group": ("x", {"From": "team: a@x.example, b@x.example;"}, "quarantined"),
}


@pytest.fixture
async def office(postgres: Databases) -> AsyncIterator[PostOffice]:
    async with post_office(await postgres(), DESK) as office:
        yield office


async def test_each_ends_as_one_thing_and_none_is_too_large_for_its_readers(
    office: PostOffice,
) -> None:
    ends: dict[str, Any] = {}
    for name, (body, headers, _) in ODD.items():
        letter = await office.receive(body, headers)
        ends[name] = letter.outcome
    assert ends == {name: expected for name, (_, _, expected) in ODD.items()}
    largest = await office.pool.fetchval("SELECT max(octet_length(value)) FROM records")
    assert largest < LARGEST_RECORD // 4
