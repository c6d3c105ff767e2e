"""Which ticket a letter belongs to, and as whose word: the shell around `threading`."""

from dataclasses import dataclass

from intake.channels.mail.posting import Post, Reading
from intake.channels.mail.threading import Candidate, named_numbers, signed_tickets, thread
from intake.letters.senders import engineer_of, was_told
from reglament.projections import Row

MERGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The ticket, by which rule; or the one that a new request may be about.

    engineer: whose word it is, where it is no requester's; is_unproven: it comes from an
    engineer's address, and nothing shows that the engineer wrote it.
    """

    row: Row | None
    rule: str
    related: str | None = None
    engineer: str | None = None
    is_unproven: bool = False


async def find(post: Post, reading: Reading) -> Found:
    """The order of semantics 19; a merged ticket stands for its target."""
    desk, queries = reading.stored.desk, post.queries
    engineer = await engineer_of(post.letters.pool, desk, reading.letter.sender or "")
    signed = signed_tickets(reading.letter, post.doors.secret)
    by_key = {ticket: await queries.ticket(ticket) for ticket, _ in signed}
    pattern = post.office.newest(desk).policy.number
    numbered: list[Row] = []
    for number in named_numbers(reading.letter, pattern):
        row = await queries.numbered(desk, number)
        numbered += [row] if row is not None else []
    there = {key: row for key, row in by_key.items() if row and row["desk"] == desk}
    is_engineers = engineer is not None and reading.verdict.authenticated is True
    found = thread(
        tuple((_candidate(there[key]), rule) for key, rule in signed if key in there),
        tuple(_candidate(row, reading.requester if is_engineers else None) for row in numbered),
        requester=reading.requester,
        is_authentic=reading.verdict.is_authentic,
    )
    rows = there | {row["key"]: row for row in numbered}
    row = rows.get(found.ticket or "")
    if row is None:
        return Found(row=None, rule=found.rule, related=found.maybe_related)
    if engineer is None or row["requester"] == reading.requester:
        return Found(row=await _target(post, row), rule=found.rule)
    proven = await _is_proven(post, reading, row)
    return Found(
        row=await _target(post, row), rule=found.rule, engineer=engineer, is_unproven=not proven
    )


async def _is_proven(post: Post, reading: Reading, row: Row) -> bool:
    """The mail server says so, or an admin; where nobody can, a letter that only engineers got."""
    if reading.stored.is_released or reading.verdict.authenticated is not None:
        return reading.stored.is_released or reading.verdict.authenticated is True
    answered = (*reading.letter.in_reply_to, *reading.letter.references)
    return await was_told(post.letters.pool, row["key"], answered)


async def _target(post: Post, row: Row) -> Row:
    """Semantics 19: a letter to a merged ticket goes to its target."""
    for _ in range(MERGES):
        if row["phase"] != "merged":
            break
        into = [link["ticket"] for link in row["links"] if link["kind"] == "merged_into"]
        target = await post.queries.ticket(into[-1]) if into else None
        if target is None:
            break
        row = target
    return row


def _candidate(row: Row, *more: str | None) -> Candidate:
    return Candidate(
        ticket=row["key"],
        participants=frozenset(each for each in (row["requester"], *more) if each),
    )
