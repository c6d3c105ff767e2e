"""`reglament dead-letter list|show|redrive`: records that could not be taken."""

import argparse
from typing import Any
from urllib.parse import quote

from reglament.cli.errors import CliError
from reglament.cli.saying import say, say_json, say_table
from reglament.cli.site import SERVICES, Site, site_of

NAME = "dead-letter"
SUMMARY = "Records that could not be taken: list them, show one, take them once more"
COLUMNS = ("service", "subject", "source", "sequence", "at", "parked", "cause")


def configure(parser: argparse.ArgumentParser) -> None:
    """`list [SERVICE …]`, `show SUBJECT`, `redrive SUBJECT | --all`."""
    parser.add_argument("what", choices=("list", "show", "redrive"))
    parser.add_argument("subject", nargs="?", help="the ticket (show, redrive)")
    parser.add_argument("--all", action="store_true", help="redrive: every subject there is")
    parser.add_argument(
        "--service", action="append", choices=SERVICES, help="only there (may be repeated)"
    )


def run(chosen: argparse.Namespace) -> int:
    """0: there is none (left); 1: there are some."""
    with site_of(chosen) as site:
        services = tuple(chosen.service or SERVICES)
        if chosen.what == "list":
            return _list(site, services, as_json=chosen.json)
        if chosen.what == "redrive":
            return _redrive(site, services, chosen)
        return _show(site, services, chosen)


def _open(site: Site, services: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"service": service, **row}
        for service in services
        for row in site.get(service, "/operations/dead-letters")
    ]


def _list(site: Site, services: tuple[str, ...], *, as_json: bool) -> int:
    rows = _open(site, services)
    if as_json:
        say_json(rows)
    elif rows:
        say_table(rows, COLUMNS)
    else:
        say("no dead letters")
    return 1 if rows else 0


def _show(site: Site, services: tuple[str, ...], chosen: argparse.Namespace) -> int:
    subject = _subject(chosen)
    found = [
        {"service": service, **site.get(service, f"/operations/dead-letters/{quote(subject, '')}")}
        for service in services
    ]
    found = [one for one in found if one["dead"] or one["parked"]]
    if chosen.json:
        say_json(found)
    elif not found:
        say(f"no dead letters of {subject}")
    else:
        for one in found:
            _say_one(one)
    return 1 if found else 0


def _say_one(one: dict[str, Any]) -> None:
    for dead in one["dead"]:
        say(f"{one['service']}: {dead['topic']}/{dead['partition']} offset {dead['offset']}")
        say(f"  cause    {dead['cause']}")
        say(f"  since    {dead['at']}")
        for name, value in dead["headers"].items():
            say(f"  {name:18} {value}")
        say(f"  value    {dead['value']}")
    say(f"  behind it wait {len(one['parked'])} events")
    say_table(one["parked"], ("source", "sequence", "type", "topic", "offset", "at"))


def _redrive(site: Site, services: tuple[str, ...], chosen: argparse.Namespace) -> int:
    said: list[dict[str, Any]] = []
    for service, subject in _wanted(site, services, chosen):
        path = f"/operations/dead-letters/{quote(subject, '')}/redrive"
        said.append({"service": service, "subject": subject, **site.post(service, path)})
    if chosen.json:
        say_json(said)
    elif said:
        say_table(said, ("service", "subject", "taken", "dead", "parked"))
    else:
        say("no dead letters")
    return 1 if any(one["dead"] for one in said) else 0


def _wanted(
    site: Site, services: tuple[str, ...], chosen: argparse.Namespace
) -> list[tuple[str, str]]:
    rows = _open(site, services)
    subject = None if chosen.all else _subject(chosen)
    pairs = [(row["service"], row["subject"]) for row in rows]
    return list(dict.fromkeys(pair for pair in pairs if subject in (None, pair[1])))


def _subject(chosen: argparse.Namespace) -> str:
    if chosen.subject is None:
        raise CliError(f"{chosen.what} needs a subject", "`reglament dead-letter list` shows them")
    return str(chosen.subject)
