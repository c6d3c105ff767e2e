"""Every line is one JSON object, without texts and without forged lines."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from reglament.logs import LINES_A_MINUTE, Throttle, configure_logs

CANARY = "Dear support, my password is hunter2"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is written; afterwards the loggers are as they were."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logs("intake", "info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines, parsed."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_who_and_what(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(ticket="t1"):
        structlog.get_logger("x").info("ticket_opened", desk="inn")
    (line,) = read(lines)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "event": "ticket_opened",
        "service": "intake",
        "ticket": "t1",
        "desk": "inn",
    }


def test_a_library_speaks_through_the_same_pipe(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("started %s", 1)
    (line,) = read(lines)
    assert (line["event"], line["logger"], line["level"]) == (
        "started 1",
        "uvicorn.error",
        "warning",
    )


def test_nobody_forges_a_line(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("odd", value='a\n{"event": "forged"}\x1b[31m\u2028')
    assert len(lines.getvalue().splitlines()) == 1
    assert "\x1b" not in lines.getvalue()


def test_any_script_and_any_value_are_spelt_in_ascii(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("odd", value="Привет", half="\udce9", kind=io.StringIO)
    assert lines.getvalue().isascii()
    (line,) = read(lines)
    assert (line["value"], line["half"]) == ("Привет", "\udce9")
    assert "StringIO" in line["kind"]


async def test_a_turns_lines_are_written_together_and_a_warning_with_them_at_once(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(lines, "write", written.append)
    log = structlog.get_logger("x")
    log.info("one")
    log.info("two")
    assert written == []
    await asyncio.sleep(0)
    assert [chunk.count("\n") for chunk in written] == [2]
    log.info("three")
    log.warning("four")
    assert [chunk.count("\n") for chunk in written] == [2, 2]


def test_without_a_loop_a_line_is_written_at_once(lines: io.StringIO) -> None:
    asyncio.run(_said_and_ended())
    structlog.get_logger("x").info("after")
    assert [line["event"] for line in read(lines)] == ["in", "after"]


async def _said_and_ended() -> None:
    structlog.get_logger("x").info("in")


def test_texts_and_addresses_are_cut_out(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("letter", email="anna@x.example", text="dear")
    assert "anna" not in lines.getvalue()
    assert "dear" not in lines.getvalue()


def test_an_exception_is_in_its_line_without_what_somebody_wrote(lines: io.StringIO) -> None:
    try:
        int(CANARY)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    for line in read(lines):
        assert __file__ in line["exception"]
        assert "ValueError" in line["exception"]
    assert "hunter2" not in lines.getvalue()


def test_a_library_that_repeats_itself_is_quietened(lines: io.StringIO) -> None:
    for _ in range(LINES_A_MINUTE * 3):
        logging.getLogger("aiokafka.conn").error("cannot connect")
        logging.getLogger("uvicorn.error").error("other")
    said = [line["logger"] for line in read(lines)]
    assert said.count("aiokafka.conn") == LINES_A_MINUTE
    assert said.count("uvicorn.error") == LINES_A_MINUTE * 3


def test_the_next_minute_says_how_many_were_left_out() -> None:
    at = [0.0]
    throttle = Throttle(per_minute=2, monotonic=lambda: at[0])

    def line() -> logging.LogRecord:
        return logging.LogRecord("x", logging.ERROR, "", 0, "down", None, None)

    assert [throttle.filter(line()) for _ in range(5)] == [True, True, False, False, False]
    at[0] = 61.0
    record = line()
    assert throttle.filter(record)
    assert record.getMessage() == "down [3 lines like it left out]"
