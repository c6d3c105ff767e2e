"""How a letter's head goes onto the wire: as RFC 5322 has it, also where Python's default errs."""

from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, EmailPolicy, Policy
from functools import lru_cache
from typing import Any

KEPT = 1024


class MessageIdsHeader(UnstructuredHeader, BaseHeader):
    """In-Reply-To and References: folded between Message-IDs, never within one.

    The standard library makes encoded words of a long one, which no mail program reads: the
    letter falls out of its thread.
    """

    max_count = 1

    @classmethod
    def parse(cls, string: str, kwds: dict[str, Any]) -> None:
        """As it stands: a Message-ID holds no encoded words, whatever it looks like."""
        super().parse(string, kwds)
        kwds["decoded"] = " ".join(string.split())

    def fold(self, *, policy: Policy) -> str:
        """The header's lines, its line end included."""
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"


class Headers(HeaderRegistry):
    """What stands alike in many letters is read once; a header does not change once it is made.

    The standard library makes a class for every header of every letter, and reads each anew.
    """

    def __init__(self) -> None:
        super().__init__()
        self._classes: dict[str, type[BaseHeader]] = {}
        self._kept = lru_cache(maxsize=KEPT)(super().__call__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        """The class of that header."""
        known = self._classes.get(name.lower())
        if known is None:
            known = self._classes[name.lower()] = super().__getitem__(name)
        return known

    def __call__(self, name: str, value: Any) -> BaseHeader:
        """The header; addresses come as objects, which have no hash."""
        return self._kept(name, value) if type(value) is str else super().__call__(name, value)


def _registry() -> HeaderRegistry:
    registry = Headers()
    for name in ("in-reply-to", "references"):
        registry.map_to_type(name, MessageIdsHeader)
    return registry


WIRE = EmailPolicy(linesep=SMTP.linesep, header_factory=_registry())
