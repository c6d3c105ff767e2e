"""The headers and parts by which a machine's letter is told from a person's (semantics 21)."""

import re

from intake.channels.mail.bodies import Part
from intake.channels.mail.headers import one_line
from intake.channels.mail.letter import Signals

_LOOPS = ("x-reglament-loop", "x-loop")
_VACATIONS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation")
_NOT_WORDS = {"", "no", "false", "0"}


def read_signals(headers: dict[str, list[str]], message: Part, parts: list[Part]) -> Signals:
    """All of them in one record. headers: values by lower-case name, topmost first."""
    part_types = tuple(part.get_content_type() for part in parts)
    return Signals(
        return_path=_return_path(headers),
        auto_submitted=_word(headers, "auto-submitted"),
        precedence=_word(headers, "precedence"),
        list_id="list-id" in headers,
        suppress=_suppresses(headers),
        loop=any(name in headers for name in _LOOPS),
        vacation=_vacation(headers),
        failed_recipients=_line(headers, "x-failed-recipients"),
        content_type=message.get_content_type(),
        part_types=part_types,
        calendar_reply=any(_is_calendar_reply(part) for part in parts),
        read_receipt="message/disposition-notification" in part_types,
    )


def _word(headers: dict[str, list[str]], name: str) -> str | None:
    """The first word of a header, in lower case, its parameters and comments off."""
    if name not in headers:
        return None
    words = re.split(r"[;\s(]", one_line(headers[name][0], 200).lower())
    return words[0] if words else ""


def _line(headers: dict[str, list[str]], name: str) -> str | None:
    return one_line(headers[name][0], 500) if name in headers else None


def _return_path(headers: dict[str, list[str]]) -> str | None:
    if "return-path" not in headers:
        return None
    return one_line(headers["return-path"][0], 500).strip("<> ").lower()


def _suppresses(headers: dict[str, list[str]]) -> bool:
    value = ",".join(headers.get("x-auto-response-suppress", [])).lower()
    return any(word in value for word in ("all", "oof", "autoreply"))


def _vacation(headers: dict[str, list[str]]) -> bool:
    said = any(
        one_line(value).lower() not in _NOT_WORDS
        for name in _VACATIONS
        for value in headers.get(name, [])
    )
    return said or "vacation" in "".join(headers.get("x-apple-action", [])).lower()


def _is_calendar_reply(part: Part) -> bool:
    method = part.get_param("method", "")
    return part.get_content_type() == "text/calendar" and str(method).lower() == "reply"
