"""A desk's own text with its placeholders filled. Nothing in it is run (policy: letters)."""

import string
from collections.abc import Iterator, Mapping
from typing import Any

_FORMATTER = string.Formatter()


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The text; a line whose placeholders are all empty is left out. A list: a line each, `- `.

    What is put in is put in as it is: braces in it mean nothing.
    """
    return "\n".join(_lines(text.replace("\r\n", "\n").split("\n"), values))


def _lines(lines: list[str], values: Mapping[str, Any]) -> Iterator[str]:
    for line in lines:
        pieces = list(_FORMATTER.parse(line))
        named = [name for _, name, _, _ in pieces if name is not None]
        said = [_said(values.get(name)) for name in named]
        if named and not any(said):
            continue
        filled = iter(said)
        yield "".join(
            literal + (next(filled) if name is not None else "") for literal, name, _, _ in pieces
        )


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(f"- {each}" for each in value)
    return "" if value is None or value is False else str(value)
