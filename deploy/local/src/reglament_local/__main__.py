"""`python -m reglament_local COMMAND`; see COMMANDS."""

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress

from reglament_local.console import say
from reglament_local.errors import StackError
from reglament_local.servers import run_servers
from reglament_local.stack import SERVERS, stack_from


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 told to stop or done, 1 something failed and was said."""
    parser = argparse.ArgumentParser(prog="reglament_local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    servers = commands.add_parser("servers", help="PostgreSQL, Kafka and the mail server alone")
    servers.add_argument("--only", default=",".join(SERVERS), help="some of them, by comma")
    chosen = parser.parse_args(arguments)
    try:
        _run(run_servers(stack_from(os.environ), tuple(chosen.only.split(","))))
    except StackError as error:
        say(f"\n{error}")
        return 1
    return 0


def _run(work: Coroutine[None, None, None]) -> None:
    with suppress(asyncio.CancelledError):
        asyncio.run(work)


if __name__ == "__main__":
    sys.exit(main())
