"""Load, fold, decide, append: with a counter as the stream, on the store in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reglament.command_handler import ATTEMPTS, Submission, handle, handle_batch
from reglament.decider import Decider
from reglament.errors import Conflict, KeyReused, NotYet, Refused, Violation
from reglament.events.registry import Event
from reglament.events.tickets import TicketClosed, TicketReopened
from reglament.eventstore.memory import MemoryEventStore
from reglament.eventstore.store import Answer, Commit, Context, IdempotencyKey
from reglament.testing import AT, SYSTEM, given

CLOSED = TicketClosed(at=AT, actor=SYSTEM)
REOPENED = TicketReopened(at=AT, actor=SYSTEM, reason="agent")
KEY = IdempotencyKey(scope="POST /x", key="k", body_hash=b"h")


def decide(command: str, is_closed: bool) -> Sequence[Event]:
    if command == "close" and is_closed:
        raise Refused([Violation(rule="already-closed")])
    if command == "reopen" and not is_closed:
        return []
    return [CLOSED] if command == "close" else [REOPENED]


def evolve(_: bool, event: Event) -> bool:
    return isinstance(event, TicketClosed)


DECIDER: Decider[str, bool] = Decider(decide=decide, evolve=evolve, initial_state=False)


@dataclass
class Asked:
    """Under which policy versions deciders were asked for."""

    versions: list[int | None]

    def __call__(self, version: int | None) -> Decider[str, bool]:
        self.versions.append(version)
        return DECIDER


def submission(command: str, stream: str = "s", **changes: Any) -> Submission[str, bool]:
    plain = Submission(
        stream=stream,
        subject=stream,
        desk="desk",
        command=command,
        decider_for=lambda _: DECIDER,
        context=Context(recorded_at=AT),
        policy_version=1,
    )
    return replace(plain, **changes)


def keyed(command: str, body_hash: bytes = b"h") -> Submission[str, bool]:
    return submission(
        command,
        context=Context(recorded_at=AT, idempotency=replace(KEY, body_hash=body_hash)),
        answer=lambda envelopes: Answer(status=200, body=str(len(envelopes)).encode()),
    )


@pytest.fixture
def store() -> MemoryEventStore:
    return MemoryEventStore("/reglament/test")


async def test_a_command_becomes_events_on_its_stream(store: MemoryEventStore) -> None:
    await handle(store, submission("close"))
    await handle(store, submission("reopen"))
    assert [envelope.event for envelope in await store.load("s")] == [CLOSED, REOPENED]


async def test_a_refusal_writes_nothing(store: MemoryEventStore) -> None:
    await handle(store, submission("close"))
    with pytest.raises(Refused):
        await handle(store, submission("close"))
    assert len(store.all) == 1


async def test_a_stream_keeps_the_policy_version_it_began_with(store: MemoryEventStore) -> None:
    asked = Asked([])
    await handle(store, submission("close", decider_for=asked, policy_version=4))
    await handle(store, submission("reopen", decider_for=asked, policy_version=5))
    assert asked.versions == [4, 4]
    assert [envelope.policy_version for envelope in store.all] == [4, 4]


async def test_another_version_than_the_caller_saw_is_a_conflict(store: MemoryEventStore) -> None:
    await handle(store, submission("close", expected=0))
    with pytest.raises(Conflict) as caught:
        await handle(store, submission("reopen", expected=0))
    assert caught.value.actual == 1


class Overtaken(MemoryEventStore):
    """Others append between loading and appending, `times` times."""

    times = 1

    async def append(self, commit: Commit) -> Any:
        if self.times > 0:
            self.times -= 1
            part = replace(commit.parts[0], events=(CLOSED, REOPENED))
            await super().append(replace(commit, parts=(part,)))
        return await super().append(commit)


async def test_a_conflict_without_if_match_is_decided_again() -> None:
    store = Overtaken("/reglament/test")
    await handle(store, submission("close"))
    assert [envelope.event for envelope in store.all] == [CLOSED, REOPENED, CLOSED]


async def test_a_command_that_is_overtaken_again_and_again_gives_up() -> None:
    store = Overtaken("/reglament/test")
    store.times = ATTEMPTS
    with pytest.raises(Conflict):
        await handle(store, submission("close"))


async def test_the_same_key_is_answered_again_even_where_it_would_now_be_refused(
    store: MemoryEventStore,
) -> None:
    first = await handle(store, keyed("close"))
    again = await handle(store, keyed("close"))
    assert (again.replayed, again.answer) == (True, first.answer)
    with pytest.raises(KeyReused):
        await handle(store, keyed("close", b"another body"))
    assert len(store.all) == 1


async def test_commands_of_a_batch_see_each_others_events(store: MemoryEventStore) -> None:
    outcomes = await handle_batch(
        store,
        None,
        [
            submission("close"),
            submission("close"),
            submission("reopen"),
            submission("close", "other"),
            submission("reopen", "third"),
            submission("close", "third", expected=7),
        ],
    )
    counts = [len(one.envelopes) if not isinstance(one, Exception) else one for one in outcomes]
    assert isinstance(counts[1], Refused)
    assert isinstance(counts[5], Conflict)
    assert [counts[place] for place in (0, 2, 3, 4)] == [1, 1, 1, 0]
    assert [envelope.event for envelope in await store.load("s")] == [CLOSED, REOPENED]


async def test_a_batch_waits_whole_for_a_policy_that_has_not_come(store: MemoryEventStore) -> None:
    def none(_: int | None) -> Decider[str, bool]:
        raise NotYet("policy")

    with pytest.raises(NotYet):
        await handle_batch(
            store, None, [submission("close"), submission("close", "other", decider_for=none)]
        )
    assert store.all == []


def test_given_when_then_tells_what_came_instead() -> None:
    given(DECIDER).when("close").then(CLOSED)
    given(DECIDER, CLOSED).when("close").then_refused("already-closed")
    given(DECIDER, CLOSED, REOPENED).when("reopen").then_nothing()
    with pytest.raises(AssertionError, match="refused"):
        given(DECIDER, CLOSED).when("close").then(CLOSED)
    with pytest.raises(AssertionError, match="not refused"):
        given(DECIDER).when("close").then_refused()
    with pytest.raises(AssertionError, match="nothing"):
        given(DECIDER).when("reopen").then(REOPENED)
    with pytest.raises(AssertionError, match="already-closed"):
        given(DECIDER, CLOSED).when("close").then_refused("another-rule")
