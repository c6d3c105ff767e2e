"""The page of a ticket, whole as it comes from the server: now, or as of a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from intake.api.answers import parts_of
from intake.api.feed import spelt
from intake.api.pages.frame import rendered
from intake.api.portal import shown
from intake.api.portal.visit import Visit
from intake.api.told import Rows, shown_rows, texts_of
from intake.api.views import Parts, ticket_json
from reglament import clock
from reglament.errors import NotFound
from reglament.ids import new_id
from reglament.instants import rfc3339
from reglament.projections import Row

WRITING = ("returned", "registered", "accepted", "in_progress", "waiting", "deferred")
ENDED = ("resolved", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of what the reader did: `done` or `fault` in words; draft: what they had written."""

    done: str = ""
    fault: str = ""
    draft: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The ticket at a moment; as_of: None for now."""

    row: Row
    rows: Rows
    parts: Parts
    after: str
    as_of: datetime | None


async def sight_of(visit: Visit, as_of: datetime | None) -> Sight:
    """What there is to see. Before the ticket's beginning: the beginning."""
    queries, ticket = visit.here.queries, visit.row["key"]
    if as_of is not None:
        as_of = max([as_of, *await _beginning(visit)])
    # First the position, then the rows: a stream from there misses nothing.
    after = await queries.last_position(ticket)
    row = visit.row if as_of is None else await queries.ticket_as_of(ticket, as_of)
    if row is None:
        raise NotFound("ticket", ticket)
    rows = shown_rows(await queries.history(ticket, as_of), visit.caller)
    parts = dict(await texts_of(visit.here, rows, visit.caller))
    parts |= await parts_of(visit.here, row)
    return Sight(row=row, rows=rows, parts=parts, after=spelt(after), as_of=as_of)


async def _beginning(visit: Visit) -> list[datetime]:
    """When there was first something to see."""
    rows = await visit.here.queries.events(visit.row["key"])
    return [min(row["recorded_at"] for row in rows)] if rows else []


async def ticket_page(
    visit: Visit, as_of: datetime | None = None, outcome: Outcome | None = None
) -> Response:
    """The page, with what became of what the reader did."""
    sight, outcome = await sight_of(visit, as_of), outcome or Outcome()
    values = {
        **_seen(visit, sight),
        **_forms(visit),
        "done": outcome.done,
        "fault": outcome.fault,
        "draft": outcome.draft,
    }
    return rendered(visit.request, "portal.html", visit.locale, values, outcome.status)


def _seen(visit: Visit, sight: Sight) -> dict[str, Any]:
    say = visit.words.say
    # Only its own texts: the history's files and fields belong to the messages.
    ticket = ticket_json(sight.row, sight.parts)
    erased = say("portal", "erased") if ticket["erased_at"] else ""
    clocks = shown.clocks_of(visit, sight.rows)
    colon = say("timeline", "colon")
    summary = "; ".join(f"{each['name']}{colon}{each['state']}, {each['text']}" for each in clocks)
    return {
        "ticket": ticket,
        "subject": ticket["subject"] or erased or f"{say('portal', 'request')} {ticket['number']}",
        "status": say("statuses", ticket["status"]),
        "tone": shown.tone_of(ticket["status"]),
        "facts": shown.facts_of(visit, sight.row),
        "wanted": shown.wanted_of(visit, sight.row, sight.rows, sight.parts),
        "clocks": clocks,
        "picture": _clocks_at(visit, sight, "/picture"),
        "picture_alt": say("portal", "picture").format(summary=summary),
        "stretches": _clocks_at(visit, sight, ""),
        "messages": shown.messages_of(visit, sight.rows, sight.parts),
        "history": shown.history_of(visit, sight.rows),
        "after": sight.after,
        "is_call_awaited": shown.is_call_awaited(visit, sight.rows),
        "as_of": None if sight.as_of is None else visit.moment(sight.as_of),
    }


def _clocks_at(visit: Visit, sight: Sight, what: str) -> str:
    """Of sla-clock, by the same origin; `seen` makes a browser fetch what may have changed."""
    seen = f"{sight.row['view']}-{clock.now():%d%H%M}"
    asked = {"locale": visit.locale, "seen": seen}
    if sight.as_of is not None:
        asked["as_of"] = rfc3339(sight.as_of)
    return f"/v1/tickets/{visit.row['key']}/sla{what}?{urlencode(asked)}"


def _forms(visit: Visit) -> dict[str, Any]:
    status = visit.row["status"]
    policy, now = visit.policy, visit.moment(clock.now())
    return {
        "desk": policy.name,
        "zone": policy.time_zone,
        "here": visit.path,
        "write_to": f"{visit.path}/{'information' if status == 'returned' else 'messages'}",
        "key": new_id(),
        "may_write": status in WRITING or _may_reopen(visit),
        "reopens": _may_reopen(visit),
        "may_rate": status in ENDED,
        "may_call": status in WRITING or status == "resolved",
        "fields": shown.fields_of(visit),
        "first_local": visit.moment(visit.row["arrived_at"]).local[:16],
        "now_local": now.local,
    }


def _may_reopen(visit: Visit) -> bool:
    """Semantics 19: a message reopens what was resolved; what was closed, if the desk says so."""
    status = visit.row["status"]
    return status == "resolved" or (status == "closed" and visit.policy.closed_letter == "reopen")
