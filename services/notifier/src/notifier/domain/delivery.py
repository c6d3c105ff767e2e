"""How long to wait before a try, when to give up, and how many letters an address may get."""

from datetime import timedelta
from typing import Literal

State = Literal["waiting", "ready", "sent", "failed", "suppressed", "bounced"]
LETTER_WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200)
WEBHOOK_WAITS = (5, 300, 1800, 7200, 18000, 36000, 36000)  # Standard Webhooks' own schedule
JITTER = 0.1
_WINDOWS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


def wait_before(attempt: int, waits: tuple[int, ...], seed: int) -> timedelta | None:
    """The pause after the failed try number `attempt` (from 1); None: that was the last one.

    seed: any number of the delivery's; spreads those that failed together by up to 10 %.
    """
    if attempt > len(waits):
        return None
    seconds = waits[attempt - 1]
    return timedelta(seconds=seconds * (1 + JITTER * (seed % 1000) / 1000))


def limit(text: str) -> tuple[int, timedelta]:
    """`20/h` -> (20, one hour) (policy: notifications.limit_per_address)."""
    count, _, window = text.partition("/")
    return int(count), _WINDOWS[window]


def is_final(code: int) -> bool:
    """Whether an SMTP reply ends it: 5xx does, 4xx does not (RFC 5321, 4.2.1)."""
    return 500 <= code < 600
