"""Small pictures, made here: a screenshot by content, whatever its name says."""

import base64
import struct
import zlib


def png(width: int = 4, height: int = 4) -> bytes:
    """A white PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = b"".join(b"\x00" + b"\xff" * 3 * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bmp(width: int = 4, height: int = 4) -> bytes:
    """A white BMP."""
    pixels = b"\xff" * 3 * width * height
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54) + head + pixels


def attachment(name: str, content: bytes) -> dict[str, str]:
    """An attachment as the REST API takes it."""
    return {"name": name, "content": base64.b64encode(content).decode()}
