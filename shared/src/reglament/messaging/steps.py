"""How many records are taken in one transaction, so that none lasts long."""

LONG_SECONDS, SHORT_SECONDS = 2.0, 0.5
FEWEST, FIRST = 10, 100


class Steps:
    """Grows up to `most` while full steps are short; shrinks where one lasted long or failed.

    A long one keeps writers of its tickets waiting, and the server ends it after its bound: the
    same records would come again for ever.
    """

    def __init__(self, most: int) -> None:
        self.size = min(FIRST, most)
        self._most = most

    def took(self, records: int, seconds: float) -> None:
        """So many records were taken and committed in so many seconds."""
        if seconds > LONG_SECONDS:
            self._shrink(2)
        elif seconds < SHORT_SECONDS and records >= self.size:
            self.size = min(self._most, 2 * self.size)

    def failed(self) -> None:
        """A transaction was lost: perhaps it was too long."""
        self._shrink(4)

    def _shrink(self, by: int) -> None:
        self.size = max(FEWEST, self.size // by)
