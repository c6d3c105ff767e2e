"""Subscriptions' secrets at rest: sealed, so that a copy of the database signs nothing.

What an earlier version has kept in plain is read as it is, and sealed when it is set anew.
"""

import base64
import binascii

from reglament.sealing import Sealer, Unsealable

PURPOSE = "webhooks"
MARK = "sealed:"  # no base64, so no plain secret begins so


class KeptSecrets:
    """One a process."""

    def __init__(self, secret: str) -> None:
        """secret: the service's; the key is derived from it."""
        self._sealer = Sealer(secret, PURPOSE)

    def sealed(self, secret: str, subscription: str) -> str:
        """As it is kept: of no use in another subscription's row."""
        return MARK + base64.b64encode(self._sealer.seal(secret, subscription)).decode()

    def opened(self, kept: str, subscription: str) -> str:
        """The secret. Raises Unsealable."""
        if not kept.startswith(MARK):
            return kept
        try:
            return self._sealer.open(base64.b64decode(kept[len(MARK) :]), subscription)
        except binascii.Error as fault:
            raise Unsealable("not base64") from fault
