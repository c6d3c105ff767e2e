"""A thousand changes to stored histories: a thousand found, each where it was made (c26)."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reglament.errors import NotFound
from reglament.events.registry import Actor
from reglament.events.tickets import PriorityChanged, TicketAccepted
from reglament.eventstore import root_files, rooting, verifying
from reglament.eventstore.root_signing import Signer
from reglament.eventstore.rooting import Keeping
from reglament.eventstore.roots import Leaf
from reglament.eventstore.store import Commit, Context, Proof
from reglament.testing import AT, SYSTEM
from tests.integration.reglament.eventstore.conftest import OPENED, Rig, part
from tests.integration.reglament.eventstore.mutations import Vandal

pytestmark = pytest.mark.integration
SEED, MUTATIONS, TICKETS = 20261123, 1000, 40
FREE = "ALTER TABLE events DISABLE TRIGGER events_are_only_added"


async def stored(rig: Rig, dice: random.Random) -> dict[str, int]:
    """Histories of two to twelve events each; how long each is."""
    lengths = {f"t{number:02d}": dice.randint(2, 12) for number in range(TICKETS)}

    async def write(ticket: str, length: int) -> None:
        more = [
            PriorityChanged(at=AT, actor=SYSTEM, priority=f"p{number}", previous="normal")
            if number % 2
            else TicketAccepted(at=AT, actor=Actor(kind="system", id=f"a{number}"), because="agent")
            for number in range(length - 1)
        ]
        said = part(ticket, 0, OPENED, *more)
        await rig.store.append(Commit(parts=(said,), context=Context(recorded_at=AT)))

    await asyncio.gather(*(write(*one) for one in lengths.items()))
    return {f"ticket/{ticket}": length for ticket, length in lengths.items()}


def keeping(folder: Path, signed_by: str = "ours", **more: Any) -> Keeping:
    return Keeping(service="test", folder=folder, signer=Signer(signed_by), **more)


async def found(connection: Any, stream: str, leaves: Sequence[Leaf]) -> list[Proof]:
    """What `reglament verify --ticket` finds: by the chain, else by the roots."""
    try:
        proof = await verifying.verify(connection, stream)
    except NotFound:
        proof = None
    if proof is not None and proof.broken_at is not None:
        return [proof]
    return await rooting.check_leaves(connection, rooting.only(leaves, {stream}))


async def test_a_thousand_random_changes_are_all_found_where_they_were_made(
    rig: Rig, tmp_path: Path
) -> None:
    dice = random.Random(SEED)  # noqa: S311 - no secret
    lengths = await stored(rig, dice)
    async with rig.pool.acquire() as connection:
        root = await rooting.write_root(connection, keeping(tmp_path), AT)
        assert root is not None
        leaves, fault = await rooting.check_file(connection, keeping(tmp_path), 1)
        assert (fault, len(leaves)) == (None, TICKETS)
        kinds: Counter[str] = Counter()
        outer = connection.transaction(isolation="repeatable_read")
        await outer.start()
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await connection.execute(FREE)
        vandal = Vandal(connection=connection, dice=dice)
        for _ in range(MUTATIONS):
            stream = dice.choice(sorted(lengths))
            change = connection.transaction()
            await change.start()
            done = await vandal.strike(stream, lengths[stream])
            proofs = await found(connection, stream, leaves)
            assert [proof.stream for proof in proofs] == [stream], done
            assert proofs[0].broken_at in done.at, (done, proofs)
            kinds[done.what] += 1
            await change.rollback()
        for stream in lengths:
            assert await found(connection, stream, leaves) == []
        await outer.rollback()
        assert await verifying.verify_all(connection, step=7) == []
    assert len(kinds) >= 15, kinds


@contextmanager
def tampered(file: Path, old: bytes, new: bytes) -> Iterator[None]:
    whole = file.read_bytes()
    assert old in whole
    file.chmod(0o644)
    file.write_bytes(whole.replace(old, new, 1))
    yield
    file.write_bytes(whole)


async def test_a_root_a_day_names_what_grew_and_what_was_done_to_its_file_shows(
    rig: Rig, tmp_path: Path
) -> None:
    await stored(rig, random.Random(1))  # noqa: S311
    async with rig.pool.acquire() as connection:
        first = await rooting.write_root(connection, keeping(tmp_path), AT)
        assert await rooting.write_root(connection, keeping(tmp_path), AT) is None
        more = part("t00", (await rig.store.verify("ticket/t00")).version, OPENED)
        await rig.store.append(Commit(parts=(more,), context=Context(recorded_at=AT)))
        second = await rooting.write_root(connection, keeping(tmp_path), AT)
        assert first is not None
        assert second is not None
        assert (second.number, second.leaves, second.previous) == (2, 1, first.digest)
        assert root_files.numbers_in(tmp_path, "test") == [1, 2]

        async def fault(number: int) -> str | None:
            return (await rooting.check_file(connection, keeping(tmp_path), number))[1]

        assert (await fault(1), await fault(2)) == (None, None)
        file = root_files.file_of(tmp_path, "test", 1)
        assert file.stat().st_mode & 0o777 == 0o444
        theirs = keeping(tmp_path, "another secret")
        assert (await rooting.check_file(connection, theirs, 1))[1] == "signature"
        ours = frozenset((Signer("ours").public,))
        rotated = keeping(tmp_path, "another secret", trusted=ours)
        assert (await rooting.check_file(connection, rotated, 1))[1] is None
        with tampered(file, b'"signature":"', b'"signature":"0'):
            assert await fault(1) == "signature"
        with tampered(file, b"ticket/t01", b"ticket/t91"):
            assert (await fault(1), await fault(2)) == ("tree", None)
        with tampered(file, b'"number":1', b'"number":3'):
            assert await fault(1) == "digest"
        with tampered(file, first.digest.encode(), second.digest.encode()):
            assert (await fault(1), await fault(2)) == ("digest", "previous")
        file.rename(tmp_path / "away")
        assert await fault(1) == "no file"


async def test_a_root_whose_writer_died_before_it_could_say_so_is_taken_and_a_strange_one_not(
    rig: Rig, tmp_path: Path
) -> None:
    await stored(rig, random.Random(2))  # noqa: S311
    async with rig.pool.acquire() as connection:
        gone = connection.transaction()
        await gone.start()
        dead = await rooting.write_root(connection, keeping(tmp_path), AT)
        await gone.rollback()
        more = part("late", 0, OPENED)
        await rig.store.append(Commit(parts=(more,), context=Context(recorded_at=AT)))
        assert await rooting.write_root(connection, keeping(tmp_path), AT) == dead
        after = await rooting.write_root(connection, keeping(tmp_path), AT)
        assert after is not None
        assert after.leaves == 1
        await connection.execute("ALTER TABLE roots DISABLE TRIGGER ALL")
        await connection.execute("DELETE FROM roots")
        file = root_files.file_of(tmp_path, "test", 1)
        with tampered(file, b"ticket/t01", b"ticket/t91"), pytest.raises(rooting.RootsDiffer):
            await rooting.write_root(connection, keeping(tmp_path), AT)
