"""Named points at await borders where a test may end the process (reliability d: 100 % of them).

`FAILPOINT=relay.after_send:kill` kills at the first passing, `…:kill:3` at the third; `raise`
raises `Failed` instead, `stop` freezes the process (SIGSTOP). Several are parted by commas.
Without the variable a point costs one look into an empty dict.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VARIABLE = "FAILPOINT"
ACTIONS = ("kill", "raise", "stop")
# Every point there is, and what stands and what does not when a process ends there.
POINTS: Mapping[str, str] = MappingProxyType(
    {
        "store.written": "events, answer and read model are written, not committed",
        "store.committed": "they are committed, nobody has been answered",
        "relay.before_send": "pending rows are read, nothing is sent",
        "relay.after_send": "Kafka has acknowledged, the rows are still pending",
        "relay.after_delete": "the rows are gone",
        "consumer.in_listener": "partitions are assigned, their gates are being closed",
        "consumer.after_takeover": "the epoch is ours, nothing is read",
        "consumer.after_fetch": "records are fetched, no transaction has begun",
        "consumer.after_advance": "the offset is moved, no effect is written",
        "consumer.before_commit": "offset and effects are written, not committed",
        "consumer.after_commit": "they are committed, nobody has been told",
        "simulations.after_claim": "a share is leased, nothing of it is reckoned",
        "timers.after_claim": "what is due is locked, nothing is decided",
        "timers.before_commit": "what was decided is written, not committed",
        "timers.after_commit": "it is committed, the relay has not been told",
        "letters.after_claim": "the leases are committed, nothing is composed",
        "letters.before_send": "the letter is composed, not handed over",
        "letters.after_send": "the mail server has it, no row says so",
        "letters.after_settle": "row and event say so",
        "webhooks.after_claim": "the leases are committed, nothing is posted",
        "webhooks.after_post": "the receiver has answered, no row says so",
        "webhooks.after_settle": "the row says so",
        "mail.after_fetch": "the letter is read, not stored",
        "mail.after_store": "it is stored, not marked as seen",
        "mail.after_seen": "it is marked as seen",
        "mail.after_take_in": "a letter handed over is stored, its mail server has not been told",
        "mail.after_claim": "the letter is being worked off, nothing is decided",
        "mail.before_effect": "its effect is decided, not written",
        "mail.after_effect": "effect and outcome are committed",
        "erasing.before_commit": "an erasure is written, not committed",
    }
)


class Failed(RuntimeError):
    """Raised by a failpoint whose action is `raise`."""


@dataclass(slots=True)
class _Armed:
    action: str
    left: int


def parse(text: str) -> dict[str, _Armed]:
    """The points that `text` arms. Raises ValueError where one does not exist."""
    armed: dict[str, _Armed] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, rest = part.partition(":")
        action, _, count = rest.partition(":")
        if name not in POINTS:
            raise ValueError(f"{VARIABLE}: there is no point {name}")
        if action not in ACTIONS:
            raise ValueError(f"{VARIABLE}: {part}: the action is kill, raise or stop")
        armed[name] = _Armed(action, int(count or 1))
    return armed


_armed = parse(os.environ.get(VARIABLE, ""))


def arm(text: str) -> None:
    """Arm these points and no others; `""` disarms all. For tests inside one process."""
    _armed.clear()
    _armed.update(parse(text))


async def failpoint(name: str) -> None:
    """Do what the environment says of this point; nothing, as a rule."""
    if _armed:
        sync_failpoint(name)


def sync_failpoint(name: str) -> None:
    """The same where nothing may be awaited."""
    point = _armed.get(name)
    if point is None:
        return
    point.left -= 1
    if point.left > 0:
        return
    del _armed[name]
    if point.action == "raise":
        raise Failed(name)
    os.kill(os.getpid(), signal.SIGSTOP if point.action == "stop" else signal.SIGKILL)
