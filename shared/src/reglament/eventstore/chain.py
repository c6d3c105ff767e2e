"""Does a history still say what it said? Recomputes a stream's hash chain (architecture 10)."""

from collections.abc import Iterable

from reglament.events.envelope import GENESIS, Envelope, chained
from reglament.eventstore.store import Proof


def check(stream: str, version: int, head: str, envelopes: Iterable[Envelope]) -> Proof:
    """The proof of a stream that says it has `version` events, the newest with hash `head`.

    missing: a version is not there; link: it does not follow its predecessor; content: its
    attributes or data were changed; head: the end is not the one that the stream knows.
    """
    last, previous = 0, GENESIS
    for envelope in envelopes:
        fault = _fault(envelope, last + 1, previous)
        if fault is not None:
            return Proof(stream=stream, version=version, head=head, broken_at=last + 1, fault=fault)
        last, previous = envelope.sequence, envelope.hash
    if last < version:
        return Proof(stream=stream, version=version, head=head, broken_at=last + 1, fault="missing")
    if (last, previous) != (version, head):
        return Proof(stream=stream, version=version, head=head, broken_at=last, fault="head")
    return Proof(stream=stream, version=version, head=head)


def _fault(envelope: Envelope, expected: int, previous: str) -> str | None:
    if envelope.sequence != expected:
        return "missing"
    if envelope.prev_hash != previous:
        return "link"
    if chained(envelope, previous).hash != envelope.hash:
        return "content"
    return None
