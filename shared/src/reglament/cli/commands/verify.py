"""`reglament verify`: every stored history against its hash chain and the roots written out."""

import argparse
from typing import Any

from reglament.cli.saying import Progress, say, say_json, say_table
from reglament.cli.site import SERVICES, Site, site_of

NAME = "verify"
SUMMARY = "Recompute the hash chains of all histories, and hold them against the roots"
MEANINGS = {
    "missing": "an event is gone",
    "link": "it does not follow the event before it",
    "content": "its attributes or its data were changed",
    "head": "the history does not end where its stream says",
    "place": "its topic or its position was changed",
    "cut": "a root knows more of it: its end was cut off",
    "rewritten": "a root knows another event here: hashed anew",
    "no file": "the root's file is gone",
    "unreadable": "the root's file cannot be read",
    "digest": "the root's file was changed",
    "tree": "the root's leaves were changed",
    "previous": "the root before it was changed",
    "signature": "the root is not signed by the service",
    "not in the database": "the database does not know this root, or knows another",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """All, a desk's, or a ticket's; `--write-root` first writes out a root."""
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--desk", help="only this desk's streams (roots: all)")
    only.add_argument("--ticket", help="only this ticket's, in each service")
    parser.add_argument("--service", action="append", choices=SERVICES, help="only there")
    parser.add_argument("--write-root", action="store_true", help="afterwards, where all is well")


def run(chosen: argparse.Namespace) -> int:
    """0: nothing was changed; 1: something was, and where."""
    with site_of(chosen) as site:
        found = [_verify(site, service, chosen) for service in chosen.service or SERVICES]
        if chosen.write_root:
            for one in found:
                if not one["broken"]:
                    one["written"] = site.post(one["service"], "/operations/roots")["number"]
    if chosen.json:
        say_json(found)
    else:
        _say(found)
    return 1 if any(one["broken"] for one in found) else 0


def _verify(site: Site, service: str, chosen: argparse.Namespace) -> dict[str, Any]:
    stream = f"ticket/{chosen.ticket}" if chosen.ticket else None
    result: dict[str, Any] = {"service": service, "streams": 0, "events": 0, "broken": []}
    after: Any = ""
    progress = Progress(service, "events")
    while after is not None:
        page = site.get(
            service, "/operations/histories", stream=stream, desk=chosen.desk, after=after
        )
        result["streams"] += page["streams"]
        result["events"] += page["events"]
        result["broken"] += page["broken"]
        after = page["after"]
        progress.show(result["events"], 0, f"{result['streams']} streams")
    progress.end()
    known = {broken["stream"] for broken in result["broken"]}
    _against_roots(site, service, stream, result, known)
    return result


def _against_roots(
    site: Site, service: str, stream: str | None, result: dict[str, Any], known: set[str]
) -> None:
    """What a chain cannot show; a stream is told once, by the first that finds it."""
    roots = site.get(service, "/operations/roots")
    result["folder"], result["leaves"] = roots["folder"], 0
    numbers = sorted({*roots["files"], *(one["number"] for one in roots["roots"])})
    result["roots"] = len(numbers)
    result["last_root"] = roots["roots"][-1]["at"] if roots["roots"] else None
    if roots["folder"] is None:
        return
    for number in numbers:
        fault, broken, leaves = _one_root(site, service, number, stream)
        result["leaves"] += leaves
        if fault is not None:
            result["broken"].append({"stream": f"root {number}", "version": None, "fault": fault})
        for one in broken:
            if one["stream"] not in known:
                known.add(one["stream"])
                result["broken"].append({**one, "root": number})


def _one_root(
    site: Site, service: str, number: int, stream: str | None
) -> tuple[str | None, list[dict[str, Any]], int]:
    fault, broken, leaves = None, [], 0
    after: int | None = 0
    while after is not None:
        path = f"/operations/roots/{number}/check"
        page = site.get(service, path, stream=stream, after=after)
        fault, after = fault or page["fault"], page["after"]
        broken += page["broken"]
        leaves += page["leaves"]
    return fault, broken, leaves


def _say(found: list[dict[str, Any]]) -> None:
    say_table(found, ("service", "streams", "events", "roots", "last_root"))
    broken = [
        {"service": one["service"], **each, "meaning": MEANINGS.get(each["fault"], "")}
        for one in found
        for each in one["broken"]
    ]
    if broken:
        say("\nchanged:")
        say_table(broken, ("service", "stream", "version", "fault", "meaning"))
    else:
        say("nothing was changed")
    for one in found:
        if not one["roots"] or one["folder"] is None:
            say(f"{one['service']}: no roots to compare with: a cut end would not show")
        if one.get("written"):
            say(f"{one['service']}: root {one['written']} written to {one['folder']}")
