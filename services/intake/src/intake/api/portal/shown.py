"""What a ticket's page shows: rows of the read models, in the reader's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from intake.api.portal.clocks import SaidClock, said_clocks
from intake.api.portal.visit import Visit
from intake.api.told import Rows
from intake.api.views import SPOKEN, Parts, message_json
from intake.projections.history import recorded_order

BEGINNINGS = ("TicketOpened", "TicketReturned")
TONES: Mapping[str, str] = {
    "returned": "warn",
    "waiting": "warn",
    "deferred": "warn",
    "resolved": "good",
    "closed": "plain",
    "refused": "bad",
    "merged": "plain",
    "paused": "warn",
    "met": "good",
    "breached": "bad",
    "cancelled": "plain",
}
KILO = 1024


def tone_of(code: str) -> str:
    """The colour of a status or a clock's state."""
    return TONES.get(code, "calm")


def messages_of(visit: Visit, rows: Rows, parts: Parts) -> list[dict[str, Any]]:
    """The request itself, then what was said, oldest first."""
    first = [row for row in rows if row["type"] in BEGINNINGS][-1:]
    said = [row for row in rows if row["type"] in SPOKEN]
    return [_message(visit, row, parts) for row in (*first, *said)]


def _message(visit: Visit, row: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    say, shown = visit.words, message_json(row, parts)
    is_own = shown["author_kind"] == "requester" or row["type"] in BEGINNINGS
    return {
        "side": "own" if is_own else "theirs",
        "who": say.say("portal", "you") if is_own else say.say("actors", shown["author_kind"]),
        "at": visit.moment(row["at"]),
        "automatic": shown["automatic"],
        "is_answer": row["type"] == "Resolved",
        "items": [say.field(item) for item in shown["items"]],
        "body": _body(visit, shown),
        "links": shown["links"],
        "files": [_file(visit, each) for each in shown["attachments"]],
    }


def _body(visit: Visit, shown: Mapping[str, Any]) -> str:
    if shown["erased_at"]:
        return visit.words.say("portal", "erased")
    given = [f"{visit.words.field(name)}: {value}" for name, value in shown["fields"].items()]
    return "\n".join([shown["body"] or "", *given]).strip()


def _file(visit: Visit, file: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": file["name"] or f"{file['id'][:12]}.{file['format']}",
        "href": f"/v1/tickets/{visit.row['key']}/attachments/{file['id']}",
        "size": _size(file["size"]),
    }


def _size(size: int) -> str:
    if size < KILO * KILO:
        return f"{max(1, round(size / KILO))} KB"
    return f"{size / KILO / KILO:.1f} MB"


def history_of(visit: Visit, rows: Rows) -> list[dict[str, Any]]:
    """Newest first, each with the way to the page as it was then."""
    return [
        {
            "what": _what(visit, row),
            "at": visit.moment(row["at"]),
            "who": visit.words.say("actors", row["actor"]["kind"]),
            "href": f"{visit.path}?as_of={visit.moment(row['recorded_at']).iso}",
        }
        for row in reversed(rows)
    ]


def _what(visit: Visit, row: Mapping[str, Any]) -> str:
    say, data = visit.words.say, row["data"]
    named = [
        say(section, str(data[key]))
        for key, section in (
            ("metric", "metrics"),
            ("reason", "reasons"),
            ("priority", "priorities"),
        )
        if data.get(key)
        and row["type"] not in _PLAIN
        and not (key == "priority" and data.get("metric"))
    ]
    further = [str(data[key]) for key in ("to_level", "score") if data.get(key)]
    name = say("events", row["type"])
    told = ", ".join((*named, *further))
    return f"{name}{say('timeline', 'colon')}{told}" if told else name


_PLAIN = (*BEGINNINGS, "TicketReopened")


def clocks_of(visit: Visit, rows: Rows) -> list[dict[str, str]]:
    """A line a clock: what it promises, and how it stands."""
    return [_clock(visit, each) for each in said_clocks(recorded_order(rows))]


def _clock(visit: Visit, clock: SaidClock) -> dict[str, str]:
    say = visit.words.say
    name = say("metrics", clock.metric)
    return {
        "name": f"{name} {clock.cycle}" if clock.cycle > 1 else name,
        "state": say("states", clock.state),
        "tone": tone_of(clock.state),
        "text": _when(visit, clock),
    }


def _when(visit: Visit, clock: SaidClock) -> str:
    say = visit.words.say
    if clock.ended_at is not None:
        return say("portal", "done").format(at=visit.moment(clock.ended_at).text)
    if clock.state == "paused":
        return say("portal", "no_due")
    if clock.due_at is None:
        return ""
    said = "missed" if clock.state == "breached" else "due"
    return say("portal", said).format(at=visit.moment(clock.due_at).text)


def wanted_of(visit: Visit, row: Mapping[str, Any], rows: Rows, parts: Parts) -> dict[str, Any]:
    """What the desk waits for; empty: nothing."""
    say = visit.words
    if row["status"] == "returned":
        return {
            "title": say.say("portal", "returned"),
            "lead": say.say("portal", "missing_now"),
            "items": [say.violation(each) for each in row["violations"]],
            "note": "",
        }
    if row["status"] != "waiting":
        return {}
    asked = [each for each in rows if each["type"] == "InfoRequested"][-1:]
    shown = [message_json(each, parts) for each in asked]
    return {
        "title": say.say("portal", "asked"),
        "lead": say.say("portal", "asked_for"),
        "items": [say.field(item) for each in shown for item in each["items"]],
        "note": "\n".join(each["body"] or "" for each in shown),
    }


def fields_of(visit: Visit) -> list[dict[str, Any]]:
    """What the form asks for where the request was returned: each missing field once."""
    if visit.row["status"] != "returned":
        return []
    named = dict.fromkeys(str(each.get("field") or "") for each in visit.row["violations"])
    return [field for name in named for field in _field(visit, name)]


def _field(visit: Visit, name: str) -> Iterable[dict[str, Any]]:
    say, policy = visit.words, visit.policy
    choices = {
        "category": [(each, _category(visit, each)) for each in policy.categories],
        "priority": [(each, say.say("priorities", each)) for each in policy.priorities.levels],
    }
    if name in choices:
        yield {"name": name, "label": say.field(name), "options": choices[name]}
    elif name.startswith("fields."):
        yield {"name": name, "label": say.field(name), "options": []}


def facts_of(visit: Visit, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value, those that are known."""
    say = visit.words.say
    facts: list[tuple[str, str | None]] = [
        ("opened", visit.moment(row["arrived_at"]).text),
        ("priority", say("priorities", row["priority"]) if row["priority"] else None),
        ("category", _category(visit, row["category"]) if row["category"] else None),
        ("due_at", visit.moment(row["due_at"]).text if row["due_at"] else None),
    ]
    return [(say("portal", name), value) for name, value in facts if value]


def _category(visit: Visit, code: str) -> str:
    """As the desk calls it first."""
    known = visit.policy.categories.get(code)
    return known.titles[0] if known and known.titles else code.replace("_", " ")


def is_call_awaited(visit: Visit, rows: Rows) -> bool:
    """Whether the requester asked for a call that nobody has logged yet."""
    awaited = bool(visit.row["callback"])
    for row in rows:
        if row["type"] == "CallbackRequested":
            awaited = True
        elif row["type"] == "CallbackLogged":
            awaited = False
    return awaited
