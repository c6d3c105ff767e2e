"""`reglament rebuild SERVICE.PROJECTION …`: a read model built anew, compared, swapped in."""

import argparse
import json
import time
from typing import Any

from reglament.cli.errors import CliError
from reglament.cli.saying import Progress, say, say_json
from reglament.cli.site import SERVICES, Site, site_of

NAME = "rebuild"
SUMMARY = "Build read models anew beside the live ones, compare row for row, swap"
MOST = 60
FINAL = ("swapped", "different", "failed", "interrupted")


def configure(parser: argparse.ArgumentParser) -> None:
    """`SERVICE.PROJECTION … | SERVICE … | all`."""
    parser.add_argument("projection", nargs="*", metavar="SERVICE.PROJECTION", help="or all")
    parser.add_argument("--list", action="store_true", help="which there are")
    parser.add_argument("--accept", action="store_true", help="swap although rows differ")
    parser.add_argument("--show", type=int, default=10, help="how many differing rows (10)")


def run(chosen: argparse.Namespace) -> int:
    """0: all came out equal, or were accepted; 1: one differs and was not swapped, or failed."""
    with site_of(chosen) as site:
        if chosen.list:
            return _list(site, as_json=chosen.json)
        if not chosen.projection:
            raise CliError("which projection?", "`reglament rebuild --list` shows them, or: all")
        wanted = [pair for name in chosen.projection for pair in _pairs(site, name)]
        results = []
        for service, name in dict.fromkeys(wanted):
            results.append({"service": service, **_build(site, service, name, chosen)})
            if not chosen.json:
                _say_result(results[-1])
    if chosen.json:
        say_json(results)
    return 0 if all(one["phase"] == "swapped" for one in results) else 1


def _list(site: Site, *, as_json: bool) -> int:
    found = [
        f"{service}.{one['name']}"
        for service in SERVICES
        for one in site.get(service, "/operations/projections")
    ]
    if as_json:
        say_json(found)
    else:
        say("\n".join(found))
    return 0


def _pairs(site: Site, name: str) -> list[tuple[str, str]]:
    service, _, projection = name.partition(".")
    if projection:
        return [(service, projection)]
    services = SERVICES if service == "all" else (service,)
    return [
        (each, one["name"])
        for each in services
        for one in site.get(each, "/operations/projections")
    ]


def _build(site: Site, service: str, name: str, chosen: argparse.Namespace) -> dict[str, Any]:
    body = {"projection": name, "accept": chosen.accept, "shown": chosen.show}
    state: dict[str, Any] = site.post(service, "/operations/rebuilds", body)
    progress = Progress(f"{service}.{name}")
    while state["phase"] not in FINAL:
        time.sleep(0.3)
        state = site.get(service, f"/operations/rebuilds/{state['id']}")
        progress.show(state["events"], state["total"], state["phase"])
    progress.end()
    return state


def _say_result(one: dict[str, Any]) -> None:
    name, result = f"{one['service']}.{one['projection']}", one["result"]
    if result is None:
        say(f"{name:28} {one['phase'].upper()}: {one['fault'] or 'start it again'}")
        return
    seconds = max(one["seconds"], 0.001)
    said = "equal" if result["is_same"] else f"DIFFERENT, live {result['live_hash'][:12]}"
    say(
        f"{name:28} {result['events']:8} events {result['rows']:8} rows {seconds:7.1f} s "
        f"{result['events'] / seconds:7.0f}/s  {result['new_hash'][:12]} {said}"
        f"{', swapped' if result['swapped'] else ', NOT swapped'}"
    )
    for row in result["differing"]:
        _say_differing(row["key"], row["live"], row["new"])


def _say_differing(key: str, live: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
    if live is None or new is None:
        say(f"  {key}  only in the {'new' if live is None else 'live'} one")
        return
    say(f"  {key}")
    for name in live:
        if live[name] != new[name]:
            say(f"    {name}: live {_short(live[name])}, new {_short(new[name])}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST else f"{text[:MOST]}…"
