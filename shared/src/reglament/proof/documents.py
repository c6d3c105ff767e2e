"""The proof of a ticket's history, as `standalone` checks it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reglament.events.envelope import Envelope, attributes
from reglament.eventstore import merkle
from reglament.eventstore.roots import Leaf, Root
from reglament.instants import rfc3339

FORMAT = "reglament-proof/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """A root, and where the ticket's leaf stands in it."""

    root: Root
    leaves: Sequence[Leaf]
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An event, and whether its reader may see what it says."""

    envelope: Envelope
    is_withheld: bool = False


def proof_of(
    ticket: str, desk: str, events: Iterable[Shown], inclusions: dict[str, Inclusion]
) -> dict[str, Any]:
    """The document. inclusions: by source, where there is a root that knows the ticket."""
    ordered = sorted(events, key=lambda one: (one.envelope.source, one.envelope.sequence))
    sources = [
        {
            "source": source,
            "events": [_event(one) for one in group],
            "root": _root(inclusions[source]) if source in inclusions else None,
        }
        for source, group in groupby(ordered, key=lambda one: one.envelope.source)
    ]
    return {"format": FORMAT, "ticket": ticket, "desk": desk, "sources": sources}


def _event(shown: Shown) -> dict[str, Any]:
    envelope = shown.envelope
    chain = {
        "sequence": envelope.sequence,
        "prev_hash": envelope.prev_hash,
        "hash": envelope.hash,
    }
    if shown.is_withheld:
        return {**chain, "withheld": True}
    return {
        **chain,
        "attributes": [[name, value] for name, value in attributes(envelope)],
        "data": envelope.data.decode(),
    }


def _root(inclusion: Inclusion) -> dict[str, Any]:
    root, leaf = inclusion.root, inclusion.leaves[inclusion.index]
    return {
        "service": root.service,
        "number": root.number,
        "at": rfc3339(root.at),
        "position": root.position,
        "leaves": root.leaves,
        "tree": root.tree,
        "previous": root.previous,
        "digest": root.digest,
        "version": leaf.version,
        "hash": leaf.hash,
        "index": inclusion.index,
        "path": merkle.path([one.encode() for one in inclusion.leaves], inclusion.index),
    }
