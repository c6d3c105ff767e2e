"""How a letter's head goes onto the wire: as RFC 5322 has it, also where Python's default errs."""

from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, EmailPolicy, Policy
from typing import Any


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


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("in-reply-to", "references"):
        registry.map_to_type(name, MessageIdsHeader)
    return registry


WIRE = EmailPolicy(linesep=SMTP.linesep, header_factory=_registry())
