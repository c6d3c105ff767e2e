#!/usr/bin/env python3
"""Does a ticket's history still say what it said? Python 3.8 or newer, nothing else is needed.

    python3 verify_proof.py proof.json                  the answer of GET /v1/tickets/<id>/proof
    python3 verify_proof.py proof.json --roots FOLDER   and against the roots that you have kept
    python3 verify_proof.py - < proof.json

What is recomputed, of each of the sources (services) in the proof:

- every event's hash: SHA-256 over the hash of the event before it, its attributes as lines
  `name=value`, and the very bytes of its data; the first follows on 64 zeros;
- that versions go from 1 up without a gap, and all are of this ticket, source and desk;
- where there is a root, which the service wrote out of its database on some day: that the root's
  digest is of what it says, and that the event which it names is in its Merkle tree (RFC 6962).

A proof alone cannot show that its newest events, later than its root, were left out: compare the
last hashes with another copy, or a later proof. Events that the reader may not see are withheld:
of them only the link is checked, and how many there are is said.

Exit code 0: it holds; 1: it does not, and where; 2: it cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from typing import Any

FORMAT = "reglament-proof/1"
GENESIS = "0" * 64
ROOT_LINES = ("service", "number", "at", "position", "leaves", "tree", "previous")


class Broken(Exception):
    """Where, and why. version None: of the source as a whole."""

    def __init__(self, source: str | None, version: int | None, why: str) -> None:
        super().__init__(why)
        self.source, self.version, self.why = source, version, why


def verify(proof: Any, roots: str | None = None) -> list[dict[str, Any]]:
    """The summary of a proof that holds. Raises Broken.

    proof: the document as parsed JSON; roots: the folder of the roots that were kept.
    """
    if proof["format"] != FORMAT:
        raise Broken(None, None, f"this is no proof of format {FORMAT}")
    names = [part["source"] for part in proof["sources"]]
    if not names or len(set(names)) < len(names):
        raise Broken(None, None, f"the sources are {', '.join(names) or 'none'}")
    return [_source(proof, part, roots) for part in proof["sources"]]


def _source(proof: Any, part: Any, roots: str | None) -> dict[str, Any]:
    source, events, root = part["source"], part["events"], part["root"]
    head = _chain(proof, source, events)
    if root is not None:
        _root(proof, source, events, root)
        if roots is not None:
            _kept(source, root, roots)
    return {
        "source": source,
        "events": len(events),
        "withheld": sum(1 for event in events if "withheld" in event),
        "head": head,
        "covered": 0 if root is None else root["version"],
        "root": None if root is None else root["number"],
    }


def _chain(proof: Any, source: str, events: Any) -> str:
    """The hash of the last event."""
    previous = GENESIS
    for version, event in enumerate(events, 1):
        if event["sequence"] != version:
            raise Broken(source, version, f"it is missing, {event['sequence']!r} follows")
        if event["prev_hash"] != previous:
            raise Broken(source, version, "it does not follow the event before it")
        if "withheld" not in event:
            _content(proof, source, version, event)
        previous = event["hash"]
    if not events:
        raise Broken(source, 1, "it is missing")
    return str(previous)


def _content(proof: Any, source: str, version: int, event: Any) -> None:
    digest = hashlib.sha256(event["prev_hash"].encode())
    for name, value in event["attributes"]:
        digest.update(f"{name}={value}\n".encode())
    digest.update(event["data"].encode())
    if digest.hexdigest() != event["hash"]:
        raise Broken(source, version, "its attributes or its data were changed")
    said = dict(event["attributes"])
    wanted = {
        "subject": proof["ticket"],
        "source": source,
        "desk": proof["desk"],
        "sequence": str(version),
    }
    for name, value in wanted.items():
        if said.get(name) != value:
            raise Broken(source, version, f"its {name} is {said.get(name)!r}")


def _root(proof: Any, source: str, events: Any, root: Any) -> None:
    named = f"root {root['number']}"
    lines = "".join(f"{name}={root[name]}\n" for name in ROOT_LINES)
    if hashlib.sha256(lines.encode()).hexdigest() != root["digest"]:
        raise Broken(source, None, f"{named} was changed")
    if f"/reglament/{root['service']}" != source:
        raise Broken(source, None, f"{named} is of {root['service']}")
    version = root["version"]
    if type(version) is not int or version < 1:
        raise Broken(source, None, f"{named} names no version")
    leaf = f"ticket/{proof['ticket']}\n{version}\n{root['hash']}".encode()
    if _climbed(leaf, root["index"], root["leaves"], root["path"]) != root["tree"]:
        raise Broken(source, version, f"it is not in the tree of {named}")
    if version > len(events):
        raise Broken(source, len(events) + 1, f"cut off, {named} knows more")
    if events[version - 1]["hash"] != root["hash"]:
        raise Broken(source, version, f"{named} knows another event here")


def _climbed(leaf: bytes, index: int, size: int, path: list[str]) -> str | None:
    """The tree's hash, from one leaf up; None: the path does not fit the tree."""
    left = [bytes.fromhex(one) for one in path]
    found = hashlib.sha256(b"\x00" + leaf).digest()
    if type(index) is not int or not 0 <= index < size:
        return None
    while size > 1:
        if index ^ 1 < size:
            if not left:
                return None
            other = left.pop(0)
            pair = other + found if index % 2 else found + other
            found = hashlib.sha256(b"\x01" + pair).digest()
        index, size = index // 2, (size + 1) // 2
    return None if left else found.hex()


def _kept(source: str, root: Any, folder: str) -> None:
    """The root must be the one that was kept."""
    name = os.path.join(folder, root["service"], f"{root['number']:06d}.jsonl")
    try:
        with open(name, encoding="utf-8") as file:
            kept = json.loads(file.readline())["root"]
    except (OSError, ValueError, KeyError) as fault:
        raise Broken(source, None, f"root {root['number']}: {fault}") from None
    if kept.get("digest") != root["digest"]:
        raise Broken(source, None, f"root {root['number']} is not the one that was kept")


def checked(proof: Any, roots: str | None = None) -> tuple[int, str]:
    """The exit code, and what to say."""
    try:
        summary = verify(proof, roots)
    except Broken as broken:
        where = [f"ticket {proof.get('ticket')}"]
        where += [f"source {broken.source}"] if broken.source is not None else []
        where += [f"version {broken.version}"] if broken.version is not None else []
        return 1, f"FAILED {', '.join(where)}: {broken.why}"
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
        return 2, f"this proof cannot be read: {type(fault).__name__} {fault}"
    return 0, "\n".join([f"ok ticket {proof['ticket']}", *map(_line, summary)])


def _line(one: dict[str, Any]) -> str:
    line = f"  {one['source']:24} {one['events']:3} events"
    if one["withheld"]:
        line += f", {one['withheld']} withheld"
    if one["root"] is not None:
        line += f", up to {one['covered']} in root {one['root']}"
    return f"{line}, last hash {one['head']}"


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Check the proof of a ticket's history.")
    parser.add_argument("proof", help="the JSON file, - for standard input")
    parser.add_argument("--roots", metavar="FOLDER", help="the roots that were kept")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.proof == "-":
            proof = json.load(sys.stdin)
        else:
            with open(chosen.proof, encoding="utf-8") as file:
                proof = json.load(file)
    except (OSError, ValueError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    code, said = checked(proof, chosen.roots)
    sys.stdout.write(f"{said}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
