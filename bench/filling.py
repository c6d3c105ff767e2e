"""Many tickets in the stores of intake and sla-clock, as if they had come in over half a year.

One ticket's events go through the real projections; PostgreSQL then writes their rows anew for
each number, with its own ids and day. Nothing is sent to Kafka, the hashes are the first
ticket's: this is for reading, not for proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from intake.projections.history import History
from intake.projections.ticket_view import TicketView
from reglament.database import connect
from reglament.events.envelope import Envelope
from reglament.events.escalations import Assigned
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.sla import ClockMet, ClockStarted
from reglament.events.tickets import MessageAdded, Resolved, TicketAccepted, TicketOpened
from reglament.eventstore.sealing import seal
from reglament.eventstore.store import Commit, Context, StreamEvents
from reglament.projections import Row, fold_rows
from sla_clock.projections.clocks import Clocks
from sla_clock.projections.ticket_events import TicketEvents

DAY = "2026-01-05"
FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
EIGHT, TWELVE = "@@8@@", "@@12@@"
TICKET = f"{EIGHT}-0000-7000-8000-{TWELVE}"
INTAKE, SLA, ESCALATION = "/reglament/intake", "/reglament/sla-clock", "/reglament/escalation"
ANNA, SYSTEM = Actor(kind="engineer", id="anna"), Actor(kind="system", id="sla-clock")
STEP = 50_000
# Of ten tickets nine are answered; the tenth waits.
OPEN_EVERY = 10
EVENTS = """jsonb_to_recordset({rows}) AS r(stream text, version int, id uuid, source text,
  type text, schema_version smallint, subject text, desk text, at timestamptz,
  recorded_at timestamptz, policy_version int, topic text, data text, prev_hash text, hash text)"""
EVENT_COLUMNS = """(stream, version, id, source, type, schema_version, subject, desk, at,
  recorded_at, policy_version, topic, data, prev_hash, hash)"""
EVENT_VALUES = """r.stream, r.version, r.id, r.source, r.type, r.schema_version, r.subject, r.desk,
  r.at, r.recorded_at, r.policy_version, r.topic, convert_to(r.data, 'UTF8'), r.prev_hash, r.hash"""
# $1, $2: the first number and the last; $3, $4: the rows of one that is answered, that waits.
ROWS = f"""replace(replace(replace(CASE WHEN n % {OPEN_EVERY} = 0 THEN $4::text ELSE $3::text END,
  '{EIGHT}', lpad(to_hex(n), 8, '0')), '{TWELVE}', lpad(to_hex(n), 12, '0')),
  '{DAY}', to_char(date '{DAY}' + (n % 180)::int, 'YYYY-MM-DD'))::jsonb"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table's rows of one ticket: of an answered one, of one that waits."""

    table: str
    answered: Sequence[Row]
    waiting: Sequence[Row]

    @property
    def statement(self) -> str:
        """Writes the rows of many tickets by their numbers."""
        many = "FROM generate_series($1::bigint, $2::bigint) AS n, LATERAL "
        if self.table == "events":
            source = EVENTS.format(rows=ROWS)
            return f"INSERT INTO events {EVENT_COLUMNS} SELECT {EVENT_VALUES} {many} {source}"
        source = f"jsonb_populate_recordset(NULL::{self.table}, {ROWS}) AS r"
        return f"INSERT INTO {self.table} SELECT r.* {many} {source}"


def ticket_of(number: int) -> str:
    """The id of the ticket with that number, from 1."""
    return TICKET.replace(EIGHT, f"{number:08x}").replace(TWELVE, f"{number:012x}")


def _content(name: str) -> ContentRef:
    return ContentRef(id=_id(name), version=1, digest="0" * 64)


def _id(name: str) -> str:
    """An id of the ticket's own, told from the others by its second group."""
    place = int.from_bytes(name.encode()[:2], "big") ^ len(name)
    return f"{EIGHT}-{place:04x}-7000-8000-{TWELVE}"


def own_events(*, is_answered: bool) -> tuple[Event, ...]:
    """What intake says of it."""
    client, at = Actor(kind="requester", id="r"), FIRST + 2 * HOUR
    told: tuple[Event, ...] = (
        TicketOpened(at=FIRST, actor=client, number=f"F-{EIGHT}", channel="web", requester="r",
                     priority="normal", content=_content("request")),
        TicketAccepted(at=FIRST, actor=SYSTEM, because="registered"),
    )  # fmt: skip
    if not is_answered:
        return told
    said = MessageAdded(at=FIRST + HOUR, actor=ANNA, message=_id("message"), visibility="public",
                        author_kind="engineer", channel="web",
                        content=_content("message"))  # fmt: skip
    return (*told, said, Resolved(at=at, actor=ANNA, content=_content("answer")))


def clock_events(*, is_answered: bool) -> tuple[Event, ...]:
    """What sla-clock says of it."""
    started = ClockStarted(at=FIRST, actor=SYSTEM, metric="first_response", started_at=FIRST,
                           due_at=FIRST + 8 * HOUR, within="8h", calendar="always",
                           priority="normal")  # fmt: skip
    met = ClockMet(at=FIRST + HOUR, actor=SYSTEM, metric="first_response", met_at=FIRST + HOUR,
                   elapsed_seconds=3600.0)  # fmt: skip
    return (started, met) if is_answered else (started,)


def envelopes(desk: str, source: str, events: tuple[Event, ...]) -> list[Envelope]:
    """The ticket's stream in that service."""
    part = StreamEvents(stream=f"ticket/{TICKET}", subject=TICKET, desk=desk, expected=0,
                        events=events, policy_version=1)  # fmt: skip
    commit = Commit(parts=(part,), context=Context(recorded_at=FIRST))
    sealed = seal(commit, {}, iter(()), source)[0].envelopes
    return [msgspec.structs.replace(one, id=_id(f"{source[11]}{one.sequence}")) for one in sealed]


def told(desk: str, *, is_answered: bool) -> list[Envelope]:
    """All that is known of the ticket, by all services."""
    taken = Assigned(at=FIRST + HOUR, actor=ANNA, engineer="anna", level="L1", because="claim")
    return [
        *envelopes(desk, INTAKE, own_events(is_answered=is_answered)),
        *envelopes(desk, SLA, clock_events(is_answered=is_answered)),
        *(envelopes(desk, ESCALATION, (taken,)) if is_answered else ()),
    ]


def projected(projection: Any, events: Sequence[Envelope]) -> list[Row]:
    """Its rows after the events."""
    handled = [one for one in events if type(one.event) in set(projection.handles)]
    rows = fold_rows(projection, {}, [(one, projection.keys(one)) for one in handled])
    return [{**row, "key": key} for key, row in rows.items() if row is not None]


def contents(*, is_answered: bool) -> list[Row]:
    """The texts that the events refer to."""
    names = ("request", "message", "answer") if is_answered else ("request",)
    parts = {"subject": "No connection", "description": "Since 10:40.", "fields": {},
             "attachments": [], "text": "Please restart the server; we watch it."}  # fmt: skip
    return [
        {"id": _id(name), "version": 1, "ticket": TICKET, "requester": "r", "salt": "-",
         "parts": parts}
        for name in names
    ]  # fmt: skip


def stored(desk: str, *, is_answered: bool) -> list[Row]:
    """sla-clock's own events, as its event table has them but for the position."""
    return [
        {
            "stream": f"ticket/{TICKET}",
            "version": one.sequence,
            "id": one.id,
            "source": one.source,
            "type": one.type,
            "schema_version": one.schema_version,
            "subject": one.subject,
            "desk": one.desk,
            "at": one.at.isoformat(),
            "recorded_at": one.recorded_at.isoformat(),
            "policy_version": one.policy_version,
            "topic": "reglament.sla.v1",
            "data": one.data.decode(),
            "prev_hash": one.prev_hash,
            "hash": one.hash,
        }
        for one in envelopes(desk, SLA, clock_events(is_answered=is_answered))
    ]


def of_intake(desk: str) -> list[Rows]:
    """intake's tables of a ticket."""
    known = {each: told(desk, is_answered=each) for each in (True, False)}
    tables = {"ticket_view_v1": TicketView(), "history_v1": History()}
    return [
        *(
            Rows(table=table, answered=projected(one, known[True]),
                 waiting=projected(one, known[False]))
            for table, one in tables.items()
        ),
        Rows(table="contents", answered=contents(is_answered=True),
             waiting=contents(is_answered=False)),
    ]  # fmt: skip


def of_sla_clock(desk: str) -> list[Rows]:
    """sla-clock's tables of a ticket; its timers are over, so that none goes off."""
    known = {each: told(desk, is_answered=each) for each in (True, False)}
    read = TicketEvents((TicketOpened, MessageAdded, Resolved, Assigned))
    tables = {"ticket_events_v1": read, "clocks_v1": Clocks()}
    timer = [{"ticket": TICKET, "part": 0, "look_at": None, "judged_at": FIRST.isoformat()}]
    return [
        *(
            Rows(table=table, answered=projected(one, known[True]),
                 waiting=projected(one, known[False]))
            for table, one in tables.items()
        ),
        Rows(table="events", answered=stored(desk, is_answered=True),
             waiting=stored(desk, is_answered=False)),
        Rows(table="timers", answered=timer, waiting=timer),
    ]  # fmt: skip


async def fill(dsn: str, tables: Sequence[Rows], first: int, last: int) -> None:
    """The tickets from one number to another, both included; then what a planner must know."""
    connection = await connect(dsn, "bench")
    try:
        for begin in range(first, last + 1, STEP):
            end = min(last, begin + STEP - 1)
            for rows in tables:
                said = [
                    msgspec.json.encode(each).decode() for each in (rows.answered, rows.waiting)
                ]
                await connection.execute(rows.statement, begin, end, *said)
        await connection.execute(f"VACUUM ANALYZE {', '.join(rows.table for rows in tables)}")
    finally:
        await connection.close()
