"""Roots in a folder outside the database: a file each, written once, never again.

`<folder>/<service>/000001.jsonl`: first line the root with its signature, then a line a leaf.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reglament.eventstore.root_signing import Signature
from reglament.eventstore.roots import Leaf, Root


def file_of(folder: Path, service: str, number: int) -> Path:
    """Where that root is."""
    return folder / service / f"{number:06d}.jsonl"


def numbers_in(folder: Path, service: str) -> list[int]:
    """Which are there."""
    return sorted(int(file.stem) for file in (folder / service).glob("[0-9]*.jsonl"))


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    root: Root
    signed: Signature


def write(folder: Path, root: Root, signed: Signature, leaves: Sequence[Leaf]) -> Path:
    """Whole or not at all, and on disk when it returns. Raises FileExistsError, OSError."""
    file = file_of(folder, root.service, root.number)
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [msgspec.json.encode(Head(root=root, signed=signed))]
    lines += [msgspec.json.encode([leaf.stream, leaf.version, leaf.hash]) for leaf in leaves]
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".root-")
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(b"\n".join(lines) + b"\n")
            output.flush()
            os.fsync(output.fileno())
            os.fchmod(output.fileno(), 0o444)
        os.link(name, file)
        _sync_folder(file.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path, service: str, number: int) -> tuple[Head, list[Leaf]]:
    """A root as it was written. Raises FileNotFoundError, msgspec.MsgspecError."""
    head, *rest = file_of(folder, service, number).read_bytes().splitlines()
    decoder = msgspec.json.Decoder(tuple[str, int, str])
    found = map(decoder.decode, rest)
    leaves = [Leaf(stream=stream, version=version, hash=said) for stream, version, said in found]
    return msgspec.json.decode(head, type=Head), leaves
