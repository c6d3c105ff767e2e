"""Which faults pass by themselves, and which are in the data (reliability b1, Poison).

A passing one is tried again with the whole partition waiting; one in the data costs the record,
which goes to the dead letter. A fault of ours in SQL (class 42) is no record's fault: it waits
for a repair instead of emptying the topic into the dead letter.
"""

import asyncpg

from reglament.errors import Conflict, NotYet, Unavailable
from reglament.failpoints import Failed

DATA_CLASSES = ("22", "23")  # data exception, integrity constraint violation
PASSING = (
    Conflict,
    NotYet,
    Unavailable,
    Failed,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Halted(RuntimeError):
    """A loop stopped for good: a human must look. Restarting it would do more harm."""


class Outlived(Halted):
    """Another process goes by our name, and began later: ours has to end, whoever it is."""


def is_passing(fault: BaseException) -> bool:
    """Whether the same record may well succeed later."""
    if isinstance(fault, asyncpg.PostgresError):
        return not str(fault.sqlstate or "").startswith(DATA_CLASSES)
    return isinstance(fault, PASSING)


def is_of_a_record(fault: BaseException) -> bool:
    """NotYet, a conflict, or bad data: one record brought it, the others need not wait."""
    if isinstance(fault, Halted):
        return False
    return isinstance(fault, (NotYet, Conflict)) or not is_passing(fault)
