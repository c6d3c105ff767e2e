"""docs/events.md: what it shows of webhooks verifies what is sent."""

import re
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from notifier.transports.webhook import new_secret, signed_headers
from reglament.clock import now
from reglament.contract.pages import events_page

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
BODY = b'{"specversion": "1.0", "type": "TicketOpened"}'


def test_the_block_for_receivers_takes_what_is_signed_with_either_secret_and_nothing_else(
    tmp_path: Path,
) -> None:
    (block,) = BLOCK.findall(events_page())
    names: dict[str, Any] = {}
    exec(compile(block, str(tmp_path / "block.py"), "exec"), names)  # noqa: S102 our own words
    old, new = new_secret(), new_secret()
    headers = signed_headers((new, old), "msg_1", now(), BODY)
    for secret in (old, new):
        assert names["received"](secret, headers, BODY)["type"] == "TicketOpened"
    with pytest.raises(WebhookVerificationError):
        names["received"](new_secret(), headers, BODY)
