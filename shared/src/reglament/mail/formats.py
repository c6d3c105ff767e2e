"""What a file is, told by its content and never by its name (WIS-18).

Nothing is unpacked to disk. Archives are looked into within bounds of size, count and ratio; of a
member only its first bytes are read.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

from reglament.mail import rar

SNIFF_BYTES = 4096
MEMBER_BYTES = 64
TAR_BLOCK = 512
MEMBER_LIMIT = 1000
DIRECTORY_LIMIT = 1 << 20
UNPACKED_LIMIT = 1 << 30
RATIO_LIMIT = 200

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
    (8, b"WEBP", "webp"),
    (4, b"ftypheic", "heic"),
    (0, b"%PDF-", "pdf"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"Rar!\x1a\x07\x00", "rar"),
    (0, b"Rar!\x1a\x07\x01\x00", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gz"),
    (257, b"ustar", "tar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),
    (0, b"{\\rtf", "rtf"),
    (0, b"MZ", "exe"),
    (0, b"\x7fELF", "exe"),
    (4, b"ftyp", "mp4"),
    (0, b"\x00\x00\x01\x00", "ico"),
)
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_OFFICE = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_NAMED = {"jpeg": "jpg", "tif": "tiff", "dib": "bmp", "jpe": "jpg", "log": "txt"}
_MARKUP = ((b"<svg", "svg"), (b"<!doctype html", "html"), (b"<html", "html"), (b"<?xml", "xml"))
_CONTROL = frozenset(range(0x20)) - {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """The formats found in an archive. `bounded` says why it was not looked into to the end."""

    formats: frozenset[str] = frozenset()
    bounded: str | None = None


def detect(content: bytes) -> str:
    """The format: `jpg`, `gif`, `png`, `tiff`, `bmp`, `pdf`, `zip`, `rar`, `txt`, …

    `empty` for no bytes at all, `bin` for what is none of the known. Office files are told from
    plain archives: `docx`, `xlsx`, `pptx`.
    """
    if not content:
        return "empty"
    head = content[:SNIFF_BYTES]
    found = _by_magic(head)
    if found == "zip":
        return _office(head) or "zip"
    return found or _text(head)


def packed(content: bytes) -> frozenset[str]:
    """The formats of the files in a zip, rar, gz or tar; empty for anything else."""
    return look_into(content).formats


def look_into(content: bytes) -> Archived:
    """As `packed`, and whether a bound was met: `count`, `size`, `ratio` or `broken`.

    What can't be read (encrypted, solidly packed rar) is told by the name in the archive.
    """
    found = _by_magic(content[:SNIFF_BYTES])
    if found == "zip":
        return _zip(content)
    if found == "rar":
        return _rar(content)
    if found == "gz":
        return _gz(content)
    return _tar(content) if found == "tar" else Archived()


def _by_magic(head: bytes) -> str | None:
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return name
    return "bmp" if _is_bmp(head) else None


def _is_bmp(head: bytes) -> bool:
    return (
        head[:2] == b"BM"
        and len(head) >= 18
        and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    )


def _office(head: bytes) -> str | None:
    if b"[Content_Types].xml" not in head and b"mimetype" not in head[:60]:
        return None
    return next((name for mark, name in _OFFICE.items() if mark.encode() in head), None)


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "txt"
    if any(byte in _CONTROL for byte in head):
        return "bin"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    return next((name for mark, name in _MARKUP if start.startswith(mark)), "txt")


def _by_name(name: str) -> str:
    ending = name.rpartition(".")[2].lower() if "." in name else "bin"
    return _NAMED.get(ending, ending[:8])


def _zip(content: bytes) -> Archived:
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 22:
        return Archived(bounded="broken")
    count = int.from_bytes(content[end + 10 : end + 12], "little")
    directory = int.from_bytes(content[end + 12 : end + 16], "little")
    if count > MEMBER_LIMIT or directory > DIRECTORY_LIMIT:
        return Archived(bounded="count")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _members(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return Archived(bounded="broken")


def _members(archive: zipfile.ZipFile) -> Archived:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MEMBER_LIMIT:
        return Archived(bounded="count")
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_LIMIT:
        return Archived(bounded="size")
    if unpacked > RATIO_LIMIT * max(1, sum(member.compress_size for member in members)):
        return Archived(bounded="ratio")
    return Archived(formats=frozenset(_member(archive, member) for member in members))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    try:
        with archive.open(member) as stream:
            return detect(stream.read(MEMBER_BYTES))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error):
        return _by_name(member.filename)


def _rar(content: bytes) -> Archived:
    try:
        members = rar.members(content, MEMBER_LIMIT)
    except rar.BrokenArchive as error:
        return Archived(bounded=str(error))
    if sum(member.size for member in members) > RATIO_LIMIT * len(content):
        return Archived(bounded="ratio")
    return Archived(
        formats=frozenset(
            detect(member.head) if member.head else _by_name(member.name) for member in members
        )
    )


def _gz(content: bytes) -> Archived:
    """What a gz begins with; of a tar in it, what its beginning lists."""
    inflating = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        head = inflating.decompress(content[:DIRECTORY_LIMIT], DIRECTORY_LIMIT)
    except zlib.error:
        return Archived(bounded="broken")
    if len(head) > RATIO_LIMIT * len(content):
        return Archived(bounded="ratio")
    if _by_magic(head[:SNIFF_BYTES]) != "tar":
        return Archived(formats=frozenset({detect(head)}))
    return _tar(head, is_cut=len(head) == DIRECTORY_LIMIT)


def _tar(content: bytes, *, is_cut: bool = False) -> Archived:
    """A tar's files, header by header: sizes are octal, blocks 512 bytes (POSIX ustar)."""
    formats: set[str] = set()
    at = 0
    for _ in range(MEMBER_LIMIT):
        header = content[at : at + TAR_BLOCK]
        if len(header) < TAR_BLOCK or not header.strip(b"\x00"):
            return Archived(formats=frozenset(formats), bounded="size" if is_cut else None)
        digits = header[124:136].strip(b"\x00 ")
        if not digits.isdigit() or not set(digits) <= set(b"01234567"):
            return Archived(formats=frozenset(formats), bounded="broken")
        start, size = at + TAR_BLOCK, int(digits, 8)
        if header[156:157] in (b"0", b"\x00") and start < len(content):
            formats.add(detect(content[start : start + min(size, MEMBER_BYTES)]))
        at = start + -(-size // TAR_BLOCK) * TAR_BLOCK
    return Archived(formats=frozenset(formats), bounded="count")
