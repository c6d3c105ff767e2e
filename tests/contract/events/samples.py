"""Makes the golden file of a new event: `python -m tests.contract.events.samples`.

Files that exist are never written again: a changed event gets a new version instead.
"""

import types
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from reglament.events import codec
from reglament.events.registry import Event, EventType, all_types

FOLDER = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PLAIN: dict[Any, Any] = {
    str: "text",
    int: 7,
    float: 1.5,
    bool: True,
    datetime: AT,
    date: AT.date(),
    Any: "any",
}


def golden_file(name: str, version: int) -> Path:
    """Where the golden file of an event stands."""
    return FOLDER / f"{name}.v{version}.json"


def sample(cls: type[msgspec.Struct]) -> Any:
    """An instance with every field set, the optional ones too."""
    hints = get_type_hints(cls)
    return cls(**{field: _value(field, hint) for field, hint in hints.items()})


def _value(field: str, hint: Any) -> Any:
    if hint in PLAIN:
        return f"{field}-1" if hint is str else PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _value(field, arguments[0])
    if origin is tuple:
        return (_value(field, arguments[0]),)
    if origin is dict:
        return {"key": _value(field, arguments[1])}
    return sample(hint)


def write(entry: EventType) -> bool:
    """Whether the event had no golden file yet and got one."""
    file = golden_file(entry.name, entry.version)
    if file.exists():
        return False
    event: Event = sample(entry.cls)
    file.write_bytes(msgspec.json.format(codec.encode(event), indent=2) + b"\n")
    return True


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    made = [entry.name for entry in all_types() if write(entry)]
    print(*made or ["nothing new"], sep="\n")  # noqa: T201
