"""The list of files in a RAR archive (4 and 5), read from its block headers alone.

Nothing is unpacked: a file's first bytes are given only where it is stored uncompressed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_RAR4 = b"Rar!\x1a\x07\x00"
_RAR5 = b"Rar!\x1a\x07\x01\x00"
HEADER_LIMIT = 1 << 16
NAME_LIMIT = 4096
HEAD_BYTES = 64


class BrokenArchive(ValueError):
    """`broken` or `count`: not to be read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file as its header declares it: size in bytes once unpacked; `head` where stored."""

    name: str
    size: int
    head: bytes = b""


def members(content: bytes, limit: int) -> tuple[Member, ...]:
    """The files of the archive. Raises BrokenArchive: `broken`, or `count` above `limit`."""
    blocks = _rar5(content) if content.startswith(_RAR5) else _rar4(content)
    found = []
    try:
        for number, member in enumerate(blocks):
            if number >= limit:
                raise BrokenArchive("count")
            if member is not None:
                found.append(member)
    except (struct.error, IndexError) as error:
        raise BrokenArchive("broken") from error
    return tuple(found)


def _rar4(content: bytes) -> Iterator[Member | None]:
    at = len(_RAR4)
    while at + 7 <= len(content):
        _, kind, flags, size = struct.unpack_from("<HBHH", content, at)
        if size < 7:
            raise BrokenArchive("broken")
        has_data = bool(flags & 0x8000) or kind == 0x74
        added = struct.unpack_from("<I", content, at + 7)[0] if has_data else 0
        yield _rar4_file(content, at, flags, size) if kind == 0x74 else None
        at += size + added


def _rar4_file(content: bytes, at: int, flags: int, size: int) -> Member | None:
    if flags & 0xE0 == 0xE0:
        return None
    unpacked = struct.unpack_from("<I", content, at + 11)[0]
    method, length = struct.unpack_from("<BH", content, at + 25)
    start = at + (40 if flags & 0x100 else 32)
    raw = content[start : start + min(length, NAME_LIMIT)].split(b"\x00")[0]
    stored = method == 0x30 and not flags & 0x04
    head = content[at + size : at + size + min(HEAD_BYTES, unpacked)] if stored else b""
    return Member(name=raw.decode("utf-8", "replace"), size=unpacked, head=head)


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A RAR 5 variable-length integer, and where it ends."""
    value = shift = 0
    for index in range(10):
        byte = content[at + index]
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at + index + 1
    raise BrokenArchive("broken")


def _rar5(content: bytes) -> Iterator[Member | None]:
    at = len(_RAR5)
    while at + 7 <= len(content):
        length, body = _number(content, at + 4)
        if not 0 < length <= HEADER_LIMIT:
            raise BrokenArchive("broken")
        kind, here = _number(content, body)
        flags, here = _number(content, here)
        if flags & 0x01:
            _, here = _number(content, here)
        added, here = _number(content, here) if flags & 0x02 else (0, here)
        data = body + length
        if kind in (4, 5):
            return
        yield _rar5_file(content, here, data) if kind == 2 else None
        at = data + added


def _rar5_file(content: bytes, at: int, data: int) -> Member | None:
    flags, at = _number(content, at)
    unpacked, at = _number(content, at)
    _, at = _number(content, at)
    at += (4 if flags & 0x02 else 0) + (4 if flags & 0x04 else 0)
    packing, at = _number(content, at)
    _, at = _number(content, at)
    length, at = _number(content, at)
    if flags & 0x01:
        return None
    name = content[at : at + min(length, NAME_LIMIT)].decode("utf-8", "replace")
    stored = (packing >> 7) & 0x07 == 0
    head = content[data : data + min(HEAD_BYTES, unpacked)] if stored else b""
    return Member(name=name, size=unpacked, head=head)
