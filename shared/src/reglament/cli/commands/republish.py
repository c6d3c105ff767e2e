"""`reglament republish SERVICE …`: Kafka is filled again from the event tables."""

import argparse
import time
from typing import Any

from reglament.cli.errors import CliError
from reglament.cli.saying import Progress, say, say_json, say_table
from reglament.cli.site import SERVICES, Site, site_of
from reglament.events.topics import OWNERS

NAME = "republish"
SUMMARY = "Send every event again, after Kafka has lost its disk"
PATIENCE_SECONDS = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """`SERVICE … | all`."""
    parser.add_argument("service", nargs="+", choices=(*SERVICES, "all"))
    parser.add_argument("--no-wait", action="store_true", help="do not wait until all is sent")


def run(chosen: argparse.Namespace) -> int:
    """0: everything is in Kafka again, and every reader reads it from its first record.

    Readers are sent back after all is queued: what they know they skip, so a reader that was
    ahead of the new, shorter log misses nothing and doubles nothing.
    """
    wanted = SERVICES if "all" in chosen.service else tuple(dict.fromkeys(chosen.service))
    with site_of(chosen) as site:
        for service in wanted:
            site.url(service)
        said = [_refill(site, service) for service in wanted]
        topics = [topic for topic, owner in OWNERS.items() if owner in wanted]
        for service in SERVICES:
            if service in site.addresses:
                site.post(service, "/operations/consumer/rewind", {"topics": topics})
        if not chosen.no_wait:
            for one in said:
                _await_sent(site, one)
    if chosen.json:
        say_json(said)
    else:
        say_table(said, ("service", "records", "waiting"))
        say("readers go through them again, and skip what they have taken")
    return 0


def _refill(site: Site, service: str) -> dict[str, Any]:
    return {"service": service, **site.post(service, "/operations/outbox/refill")}


def _await_sent(site: Site, one: dict[str, Any]) -> None:
    """Raises CliError when nothing moves for a minute."""
    progress, least, since = Progress(one["service"], "records"), None, time.monotonic()
    while True:
        waiting = one["waiting"] = site.get(one["service"], "/operations/outbox")["waiting"]
        if least is None or waiting < least:
            least, since = waiting, time.monotonic()
        if waiting == 0:
            progress.end()
            return
        if time.monotonic() - since > PATIENCE_SECONDS:
            raise CliError(f"{one['service']}: {waiting} records wait, and none is sent")
        progress.show(max(0, one["records"] - waiting), one["records"])
        time.sleep(0.3)
