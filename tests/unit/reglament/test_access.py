"""Keys: what is kept of them, and how soon a revocation works."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reglament.access import (
    FRESH_SECONDS,
    KEYS,
    AccessBook,
    AccessProjection,
    IssueKey,
    RevokeKey,
    digest,
    key_of,
    new_key,
)
from reglament.decider import fold
from reglament.errors import NotFound, Refused
from reglament.events.administration import KeyIssued
from reglament.events.codec import encode
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADMIN = Actor(kind="system", id="admin")
KEY = "0199d5c0-0000-7000-8000-000000000001"


def issue(**changes: Any) -> IssueKey:
    """An integrator's key."""
    whole: dict[str, Any] = {"key": KEY, "hash": "h", "role": "integrator", "desk": "inn"}
    return IssueKey(at=AT, actor=ADMIN, **{**whole, **changes})


def said(event: KeyIssued, sequence: int) -> Envelope:
    """The event in its envelope."""
    return Envelope(
        id="1",
        source="/reglament/intake",
        type="KeyIssued",
        schema_version=1,
        subject=event.key,
        desk="inn",
        at=event.at,
        recorded_at=event.at,
        sequence=sequence,
        data=encode(event),
        event=event,
    )


def issued() -> KeyIssued:
    """What the decider says."""
    (event,) = KEYS.decide(issue(), None)
    assert isinstance(event, KeyIssued)
    return event


def test_a_token_names_its_key_and_only_its_hash_is_kept() -> None:
    one, other = new_key(KEY), new_key(KEY)
    assert key_of(one.token) == KEY
    assert one.token != other.token
    assert one.hash == digest(one.token)
    assert one.token not in one.hash


@pytest.mark.parametrize("token", ["", "rgl", "rgl_", "rgl_x_y", "abc", "rgl_" + "0" * 32 + "_"])
def test_what_is_no_token_names_no_key(token: str) -> None:
    assert key_of(token) is None


def test_a_revoked_key_keeps_its_state_and_is_revoked_once() -> None:
    state = fold(KEYS, [issued()])
    revoke = RevokeKey(at=AT + timedelta(days=1), actor=ADMIN, key=KEY)
    (revoked,) = KEYS.decide(revoke, state)
    assert isinstance(revoked, KeyIssued)
    assert (revoked.revoked_at, revoked.hash) == (revoke.at, "h")
    assert KEYS.decide(revoke, fold(KEYS, [revoked], state)) == ()
    with pytest.raises(NotFound):
        KEYS.decide(revoke, None)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"desk": None}, "key-scope"),
        ({"role": "admin"}, "key-scope"),
        ({"role": "agent"}, "key-subject"),
        ({"expires_at": AT}, "key-expiry"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        KEYS.decide(issue(**changes), None)
    assert [violation.rule for violation in refusal.value.violations] == [rule]


def test_the_highest_sequence_wins_in_whatever_order() -> None:
    projection = AccessProjection()
    first = issued()
    (last,) = KEYS.decide(RevokeKey(at=AT, actor=ADMIN, key=KEY), first)
    assert isinstance(last, KeyIssued)
    row = projection.project(KEY, None, said(last, 2))
    assert row == projection.project(KEY, row, said(first, 1))
    assert row is not None
    assert row["revoked_at"] is not None


class Table:
    """The rows of access_v1, and how often they were asked for."""

    def __init__(self, row: dict[str, Any] | None) -> None:
        self.row, self.asked = row, 0

    async def fetchrow(self, _: str, key: str) -> dict[str, Any] | None:
        """The row of that key."""
        self.asked += 1
        return self.row if self.row and self.row["key"] == key else None


def row_of(token: str, **changes: Any) -> dict[str, Any]:
    """As the table has it."""
    row = {"key": KEY, "hash": digest(token), "role": "agent", "desk": "inn", "subject": "e1"}
    return {**row, "expires_at": None, "revoked_at": None, **changes}


async def test_a_revocation_works_as_soon_as_the_key_is_no_longer_fresh() -> None:
    at, token = [0.0], new_key(KEY).token
    table = Table(row_of(token))
    book = AccessBook(table, monotonic=lambda: at[0])
    for _ in range(3):
        assert (await book.find(token)) is not None
    assert table.asked == 1
    table.row = row_of(token, revoked_at=AT)
    at[0] = FRESH_SECONDS
    assert (await book.find(token)) is None
    assert (await book.find(token)) is None


async def test_an_expired_or_foreign_token_is_refused() -> None:
    token = new_key(KEY).token
    assert (await AccessBook(Table(row_of(token, expires_at=AT))).find(token)) is None
    assert (await AccessBook(Table(row_of(token))).find(new_key(KEY).token)) is None
    assert (await AccessBook(Table(None)).find(token)) is None


async def test_a_new_key_works_at_once() -> None:
    token = new_key(KEY).token
    table = Table(None)
    book = AccessBook(table)
    assert (await book.find(token)) is None
    table.row = row_of(token)
    assert (await book.find(token)) is not None
