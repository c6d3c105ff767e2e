"""What is written out of the database once a day, so that nobody can rewrite it (architecture 10).

A root names the newest event of every stream that grew since the root before, as leaves of a
Merkle tree, and the digest of that root. Kept elsewhere, it betrays what a stream's own chain
cannot: an end that was cut off, a history that was hashed anew as a whole, a stream that is gone;
and its leaves say which.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reglament.events.envelope import GENESIS
from reglament.eventstore import merkle
from reglament.instants import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """How far a stream was, and the hash of that event."""

    stream: str
    version: int
    hash: str

    def encode(self) -> bytes:
        """What goes into the tree."""
        return f"{self.stream}\n{self.version}\n{self.hash}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """number: from 1; position: the newest event it knows; previous: digest of the root before.

    tree: over the leaves, sorted by stream; digest: over all else that is said here.
    """

    service: str
    number: int
    at: datetime
    position: int
    leaves: int
    tree: str
    previous: str = GENESIS
    digest: str = ""


def digest_of(root: Root) -> str:
    """The digest as it must be."""
    said = {
        "service": root.service,
        "number": root.number,
        "at": rfc3339(root.at),
        "position": root.position,
        "leaves": root.leaves,
        "tree": root.tree,
        "previous": root.previous,
    }
    lines = "".join(f"{name}={value}\n" for name, value in said.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def tree_of(leaves: Sequence[Leaf]) -> str:
    """The Merkle tree's hash."""
    return merkle.root([leaf.encode() for leaf in leaves])


def fault_of(root: Root, leaves: Sequence[Leaf], previous: str) -> str | None:
    """What is wrong with a root as it was written out; None: it holds together."""
    if root.digest != digest_of(root):
        return "digest"
    if root.previous != previous:
        return "previous"
    if (root.leaves, root.tree) != (len(leaves), tree_of(leaves)):
        return "tree"
    return None
