"""One JSON line an event, on standard output, of our code and the libraries' alike.

Time in RFC 3339 UTC, level, event, service, trace_id, span_id, what was bound (request_id,
ticket). Never a text, an address or a file name: `SILENT` keys are cut out wherever they come
from, and of a fault that quotes a value only its kind is said. JSON escapes control characters,
so that nobody can forge a line.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import msgspec
import structlog
from opentelemetry import trace

from reglament import clock
from reglament.instants import rfc3339
from reglament.spoken_faults import traceback_of

LINES_A_MINUTE = 10
LONGEST_VALUE = 2000
CUT = "[not logged]"
SILENT = frozenset(
    (
        "address",
        "authorization",
        "body",
        "description",
        "email",
        "key",
        "name",
        "password",
        "phone",
        "secret",
        "subject_line",
        "text",
        "token",
    )
)
QUIET_LIBRARIES = ("aiokafka", "asyncpg", "asyncio", "opentelemetry")
EventDict = MutableMapping[str, Any]


def with_trace(_: Any, __: str, event: EventDict) -> EventDict:
    """The ids by which the line is found from its trace."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def without_texts(_: Any, __: str, event: EventDict) -> EventDict:
    """Cut what is a person's, and what is too long for a line."""
    for name, value in event.items():
        if name in SILENT:
            event[name] = CUT
        elif isinstance(value, str) and len(value) > LONGEST_VALUE:
            half = LONGEST_VALUE // 2  # an exception says what it is at its end
            event[name] = f"{value[:half]} … {value[-half:]}"
    return event


class Throttle(logging.Filter):
    """A library that repeats itself while a broker is away: a few lines a minute, then a count."""

    def __init__(
        self, per_minute: int = LINES_A_MINUTE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._per_minute, self._monotonic = per_minute, monotonic
        self._since: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written. The first of a new minute says how many were not."""
        at = self._monotonic()
        began, count = self._since.get(record.name, (at, 0))
        if at - began >= 60:
            if count > self._per_minute:
                record.msg = f"{record.msg} [{count - self._per_minute} lines like it left out]"
            began, count = at, 0
        self._since[record.name] = (began, count + 1)
        return count < self._per_minute


def stamped(_: Any, __: str, event: EventDict) -> EventDict:
    """When it was said."""
    event["at"] = rfc3339(clock.now())
    return event


def as_json(_: Any, __: str, event: EventDict) -> str:
    """The line, in ASCII."""
    # A quarter of what the standard library takes, which alone can spell other scripts in ASCII.
    with contextlib.suppress(UnicodeEncodeError):
        line = msgspec.json.encode(event, enc_hook=repr)
        if line.isascii():
            return line.decode()
    return json.dumps(event, default=repr)


class Lines:
    """Our own lines, written without the libraries' logging: at less than half its cost.

    Nothing waits for a log, and nothing fails for one: a line that cannot be written is left out.
    What is said in one turn of the loop is written together: to write costs as much as to say.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._turn: asyncio.AbstractEventLoop | None = None

    def later(self, line: str) -> None:
        """Write it down at the end of the loop's turn; where there is no loop, now."""
        self._waiting.append(line)
        if self._turn is not None and not self._turn.is_closed():
            return
        try:
            self._turn = asyncio.get_running_loop()
        except RuntimeError:
            self._write()
        else:
            self._turn.call_soon(self._write)

    def now(self, line: str) -> None:
        """Write it down with all that waits: the process may have no other turn."""
        self._waiting.append(line)
        self._write()

    def _write(self) -> None:
        self._turn, lines = None, []
        while self._waiting:
            lines.append(f"{self._waiting.popleft()}\n")
        with contextlib.suppress(OSError, ValueError):
            self._stream.write("".join(lines))
            self._stream.flush()

    debug = info = msg = later
    warning = error = critical = exception = now


def configure_logs(service: str, level: str = "info", stream: Any = None) -> None:
    """Send every logger of the process through one pipe. Call it once, before anything starts."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        stamped,
        _naming(service),
        with_trace,
        structlog.processors.ExceptionRenderer(traceback_of),
        without_texts,
    ]
    said = Lines(stream or sys.stdout)
    structlog.configure(
        processors=[*shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: said,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _of_library],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            as_json,
        ],
    )
    _take_over(formatter, level, stream or sys.stdout)


def _take_over(formatter: logging.Formatter, level: str, stream: Any) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    throttle = Throttle()
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    handler.addFilter(_Only(throttle, QUIET_LIBRARIES))


class _Only(logging.Filter):
    """A filter that looks at some libraries' lines only; a child logger's come by as well."""

    def __init__(self, inner: logging.Filter, libraries: tuple[str, ...]) -> None:
        super().__init__()
        self._inner, self._libraries = inner, libraries

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        library = record.name.partition(".")[0]
        return library not in self._libraries or bool(self._inner.filter(record))


def _naming(service: str) -> Callable[[Any, str, EventDict], EventDict]:
    def name(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return name


def _of_library(_: Any, __: str, event: EventDict) -> EventDict:
    """A library's line: which one says it."""
    record: Mapping[str, Any] = vars(event["_record"])
    event["logger"] = record["name"]
    return event
