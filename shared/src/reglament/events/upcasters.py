"""Old data -> newer data, one small function a step. Readers see only the newest class."""

from collections.abc import Callable
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
_UPCASTERS: dict[tuple[str, int], Upcaster] = {}


def upcaster(name: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Register the step of `name` from `from_version` to the next."""

    def register(step: Upcaster) -> Upcaster:
        _UPCASTERS[name, from_version] = step
        return step

    return register


def upcast(name: str, version: int, newest: int, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of `version` as `newest` would say it. KeyError: a step is missing."""
    for step in range(version, newest):
        data = _UPCASTERS[name, step](data)
    return data
