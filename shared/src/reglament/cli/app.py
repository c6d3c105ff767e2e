"""`reglament COMMAND …`: what an operator does to running services, by their REST.

Every module in `reglament.cli.commands` is a command: NAME, SUMMARY, `configure(parser)` and
`run(chosen) -> int`. Exit codes: 0 done and all is well; 1 done, and something is wrong with
what was looked at; 2 the command was misspelt; 3 it could not be done, and why was said.
"""

import argparse
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Protocol, cast

from reglament.cli import commands
from reglament.cli.errors import CliError
from reglament.cli.site import add_site_options


class Command(Protocol):
    """What a module of `reglament.cli.commands` has. NAME: as typed; SUMMARY: its line of help."""

    NAME: str
    SUMMARY: str

    @staticmethod
    def configure(parser: argparse.ArgumentParser) -> None:
        """Its own arguments; `--json` and where the services are stand there already."""
        ...

    @staticmethod
    def run(chosen: argparse.Namespace) -> int:
        """Do it; the exit code. Raises CliError."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.carry_out(chosen))
    except CliError as fault:
        sys.stderr.write(f"reglament: {fault}\n")
        return 3
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except KeyboardInterrupt:
        return 130


def _commands() -> Iterator[Command]:
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda one: one.name):
        yield cast("Command", import_module(f"{commands.__name__}.{found.name}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reglament",
        description="Look after running services.",
        epilog="Exit codes: 0 all is well, 1 something is wrong with what was looked at, "
        "2 misspelt, 3 could not be done.",
    )
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _commands():
        own = choices.add_parser(
            command.NAME, help=command.SUMMARY, description=f"{command.SUMMARY}."
        )
        add_site_options(own)
        command.configure(own)
        own.set_defaults(carry_out=command.run)
    return parser
