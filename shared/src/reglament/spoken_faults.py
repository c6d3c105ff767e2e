"""A fault in words that may stand in a log or a trace: never a person's text (issue 9, 4).

Libraries quote what they could not take (`invalid literal for int() with base 10: 'Dear…'`), and
PostgreSQL the whole row (`Failing row contains (…)`): of those only the kind is said.
"""

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import asyncpg

from reglament.errors import ReglamentError

CUT = "[not said]"
# Their words are ours, or name a line, a type, an attribute, an address of a server.
OPEN = (
    ReglamentError,
    OSError,
    RuntimeError,
    TypeError,
    AttributeError,
    AssertionError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
# They quote a value; one that is defined here says its own code (AddressError).
QUOTING = (ValueError, asyncpg.DataError, asyncpg.exceptions.InvalidRegularExpressionError)
OURS = ("reglament", "reglament_local", "intake", "sla_clock", "escalation", "notifier")
OUR_LIBRARIES = ("aiokafka", "imap_tools")  # servers' words about connections and logins
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def words_of(fault: BaseException) -> str:
    """Kind and message, `Conflict: ticket/1: expected version 3, found 4`."""
    kind = type(fault)
    if not _may_be_quoted(fault):
        return f"{kind.__name__}: {CUT}"
    # A PostgresError's text has the row in its DETAIL, its first argument has not.
    said = fault.args[0] if isinstance(fault, asyncpg.PostgresError) and fault.args else fault
    return f"{kind.__name__}: {said}" if str(said) else kind.__name__


def traceback_of(exc_info: ExcInfo) -> str:
    """The frames of a fault and of those before it, each with its words; no values of locals."""
    return "\n".join(_chain(exc_info[1]))


def _may_be_quoted(fault: BaseException) -> bool:
    package = type(fault).__module__.partition(".")[0]
    if package in (*OURS, *OUR_LIBRARIES):
        return True
    return isinstance(fault, OPEN) and not isinstance(fault, QUOTING)


def _chain(fault: BaseException) -> Iterator[str]:
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from _chain(before)
        yield "… and while that was dealt with, or because of it:"
    yield "".join(traceback.format_tb(fault.__traceback__)) + words_of(fault)
    inner: tuple[Any, ...] = getattr(fault, "exceptions", ())
    for one in inner:
        if isinstance(one, BaseException):
            yield from _chain(one)
