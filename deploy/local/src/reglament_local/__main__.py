"""`python -m reglament_local run | servers | doctor | backup | restore | forget`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress

from reglament_local.backup import back_up
from reglament_local.console import say
from reglament_local.doctor import examine
from reglament_local.errors import StackError
from reglament_local.places import places_from
from reglament_local.restore import restore
from reglament_local.run import run_all
from reglament_local.servers import run_servers
from reglament_local.stack import SERVERS, forget, stack_from


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done or told to stop, 1 something failed, and what was said."""
    chosen = _parser().parse_args(arguments)
    try:
        return _carry_out(chosen)
    except StackError as error:
        say(f"\n{error}")
        return 1
    except OSError as error:
        say(f"\n{error.strerror}: {error.filename}")
        say("  -> is it another user's (then make clean-run as that user), or is the disk full?")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reglament_local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="everything; EXTERNAL=1: servers that run elsewhere")
    servers = commands.add_parser("servers", help="PostgreSQL, Kafka and the mail server alone")
    servers.add_argument("--only", default=",".join(SERVERS), help="some of them, by comma")
    commands.add_parser("doctor", help="what this machine lacks")
    backup = commands.add_parser("backup", help="what cannot be rebuilt, while the system runs")
    backup.add_argument("--days", type=int, default=30, help="older backups are removed (30)")
    restoring = commands.add_parser("restore", help="a backup into an empty system")
    restoring.add_argument("--from", dest="name", help="which one (the newest)")
    commands.add_parser("forget", help="remove the data of a stack that does not run")
    return parser


def _carry_out(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "doctor":
            return 0 if examine(places_from(os.environ), os.environ) else 1
        case "backup":
            places = places_from(os.environ)
            asyncio.run(back_up(places.run, places.backups, chosen.days))
            return 0
        case "restore":
            return _restore(chosen.name)
        case "forget":
            forget(places_from(os.environ).run)
            return 0
        case "servers":
            names = tuple(chosen.only.split(","))
            return _until_stopped(run_servers(stack_from(os.environ), names))
    return _until_stopped(run_all(stack_from(os.environ), os.environ))


def _restore(name: str | None) -> int:
    places = places_from(os.environ)
    places.run.mkdir(parents=True, exist_ok=True)
    with suppress(asyncio.CancelledError):
        is_whole = asyncio.run(restore(places.run, places.backups, name, os.environ))
        return 0 if is_whole else 1
    return 1


def _until_stopped(work: Coroutine[None, None, None]) -> int:
    with suppress(asyncio.CancelledError):
        asyncio.run(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
