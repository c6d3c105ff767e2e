"""What a ticket's row shows of the work on it, and of the tickets it has to do with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reglament.events import credentials, relations, tickets, work
from reglament.events.registry import Event
from reglament.instants import rfc3339

HANDLES: tuple[type[Event], ...] = (
    relations.TicketSplit,
    relations.TicketMerged,
    relations.TicketAbsorbed,
    relations.TicketLinked,
    work.WorkLogged,
    work.HandedOver,
    work.TicketRated,
    work.CallbackRequested,
    credentials.CredentialsStored,
    credentials.CredentialsErased,
)


def changes(row: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """The columns that an event about work or other tickets sets."""
    match event:
        case work.WorkLogged():
            return {"work": _worked(row["work"], event), "stays": _counted(row["stays"], event)}
        case work.HandedOver():
            return {
                "department": event.department,
                "stays": [*_left(row["stays"], event.at), _stay(event.department, event.at)],
            }
        case work.CallbackRequested():
            return {"callback": True}
        case work.TicketRated():
            return {"rating": event.score}
        case credentials.CredentialsStored() | credentials.CredentialsErased():
            is_there = isinstance(event, credentials.CredentialsStored)
            return {"credentials": event.credentials if is_there else None}
    return {"links": with_links(row["links"], _links(event))}


def first_stay(row: Mapping[str, Any], event: tickets.Request) -> list[dict[str, Any]]:
    """Where a request goes at its arrival; one that was returned is there already."""
    return list(row["stays"]) or [_stay(event.department, event.at)]


def opening_links(row: Mapping[str, Any], event: tickets.Request) -> list[dict[str, Any]]:
    """The tickets that a new one names."""
    if not isinstance(event, tickets.TicketOpened | tickets.TicketReturned):
        return list(row["links"])
    split_from = event.split_from if isinstance(event, tickets.TicketOpened) else None
    named = (("split_from", split_from), ("maybe_related", event.maybe_related))
    return with_links(row["links"], [(kind, to) for kind, to in named if to])


def with_links(links: list[Any], found: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The links with further ones; each once."""
    new = [{"kind": kind, "ticket": ticket} for kind, ticket in found]
    return [*links, *(each for each in new if each not in links)]


def _links(event: Event) -> list[tuple[str, str]]:
    match event:
        case relations.TicketSplit():
            return [("split_into", child) for child in event.children]
        case relations.TicketMerged():
            return [("merged_into", event.into)]
        case relations.TicketAbsorbed():
            return [("absorbed", event.absorbed)]
        case relations.TicketLinked():
            return [(event.kind, event.to)]
    return []


def _stay(department: str | None, since: datetime) -> dict[str, Any]:
    return {"department": department, "since": rfc3339(since), "until": None, "minutes": 0}


def _left(stays: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    return [*stays[:-1], *({**stay, "until": rfc3339(at)} for stay in stays[-1:])]


def _counted(stays: list[dict[str, Any]], event: work.WorkLogged) -> list[dict[str, Any]]:
    """The minutes belong to the stay that lasts now."""
    now = ({**stay, "minutes": stay["minutes"] + event.minutes} for stay in stays[-1:])
    return [*stays[:-1], *now]


def _worked(rows: list[dict[str, Any]], event: work.WorkLogged) -> list[dict[str, Any]]:
    """Minutes by engineer, level and department."""
    who = {"engineer": event.engineer, "level": event.level, "department": event.department}
    before = next((row["minutes"] for row in rows if row.items() >= who.items()), 0)
    others = [row for row in rows if not row.items() >= who.items()]
    return [*others, {**who, "minutes": before + event.minutes}]
