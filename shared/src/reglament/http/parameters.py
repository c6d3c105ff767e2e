"""Path parameters that every service takes; one that fits no pattern names nothing: 404.

And what a query's times suffer on their way.
"""

import re
from typing import Annotated

from fastapi import Path

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,62}$"
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@:-]{0,127}$"

_PLUS = re.compile(r" (?=\d\d:?\d\d$)")

TicketId = Annotated[str, Path(pattern=UUID_PATTERN, description="the ticket's id")]
Id = Annotated[str, Path(pattern=UUID_PATTERN, description="its id")]
DeskName = Annotated[str, Path(pattern=NAME_PATTERN, description="the desk's name")]
Code = Annotated[str, Path(pattern=CODE_PATTERN, description="its code")]


def plus(value: object) -> object:
    """A `+03:00` that was not encoded arrives as a space."""
    return _PLUS.sub("+", value.strip()) if isinstance(value, str) else value
