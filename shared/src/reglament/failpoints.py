"""Named points at await borders where a test may end the process (reliability d: 100 % of them).

`FAILPOINT=relay.after_send:kill` kills at the first passing, `…:kill:3` at the third; `raise`
raises `Failed` instead. Several are parted by commas. Without the variable a point costs one
look into an empty dict.
"""

import os
import signal
from dataclasses import dataclass

VARIABLE = "FAILPOINT"


class Failed(RuntimeError):
    """Raised by a failpoint whose action is `raise`."""


@dataclass(slots=True)
class _Armed:
    action: str
    left: int


def parse(text: str) -> dict[str, _Armed]:
    """The points that `text` arms. Raises ValueError on an action that does not exist."""
    armed: dict[str, _Armed] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, rest = part.partition(":")
        action, _, count = rest.partition(":")
        if action not in ("kill", "raise"):
            raise ValueError(f"{VARIABLE}: {part}: the action is kill or raise")
        armed[name] = _Armed(action, int(count or 1))
    return armed


_armed = parse(os.environ.get(VARIABLE, ""))


def arm(text: str) -> None:
    """Arm these points and no others; `""` disarms all. For tests inside one process."""
    _armed.clear()
    _armed.update(parse(text))


async def failpoint(name: str) -> None:
    """Do what the environment says of this point; nothing, as a rule."""
    if not _armed:
        return
    point = _armed.get(name)
    if point is None:
        return
    point.left -= 1
    if point.left > 0:
        return
    del _armed[name]
    if point.action == "raise":
        raise Failed(name)
    os.kill(os.getpid(), signal.SIGKILL)
