import gzip
import io
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from reglament.mail.formats import detect, look_into, packed

BMP = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<I", 40) + b"\x00" * 52
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rar4(name: str, content: bytes, method: int = 0x30) -> bytes:
    raw = name.encode()
    size = 32 + len(raw)
    head = struct.pack("<HBHHI", 0, 0x74, 0x8000, size, len(content))
    head += struct.pack("<IBIIBBHI", len(content), 2, 0, 0, 29, method, len(raw), 0)
    main = struct.pack("<HBHH", 0, 0x73, 0, 13) + b"\x00" * 6
    end = struct.pack("<HBHH", 0, 0x7B, 0x4000, 7)
    return b"Rar!\x1a\x07\x00" + main + head + raw + content + end


def rar5(name: str, content: bytes, method: int = 0) -> bytes:
    raw = name.encode()
    body = bytes([2, 2]) + varint(len(content)) + bytes([0]) + varint(len(content)) + bytes([0])
    body += varint(method << 7) + bytes([0]) + varint(len(raw)) + raw
    block = b"\x00" * 4 + varint(len(body)) + body + content
    main = b"\x00" * 4 + varint(3) + bytes([1, 0, 0])
    end = b"\x00" * 4 + varint(3) + bytes([5, 0, 0])
    return b"Rar!\x1a\x07\x01\x00" + main + block + end


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (b"GIF89a....", "gif"),
        (PNG, "png"),
        (b"II*\x00....", "tiff"),
        (BMP, "bmp"),
        (b"%PDF-1.7", "pdf"),
        (b"BMW drives badly, says the driver", "txt"),
        ("Журнал ошибок".encode(), "txt"),
        ("Журнал ошибок".encode("cp1251"), "txt"),
        (b"<svg xmlns='x' onload='y'/>", "svg"),
        (b"<!DOCTYPE html><p>", "html"),
        (b"MZ\x90\x00", "exe"),
        (b"\x00\x01\x02", "bin"),
        (b"", "empty"),
    ],
)
def test_a_format_is_told_by_content(content: bytes, name: str) -> None:
    assert detect(content) == name


def test_a_bitmap_in_a_zip_is_seen_whatever_its_name() -> None:
    archive = zipped(**{"screen.txt": BMP, "b.png": PNG})
    assert detect(archive) == "zip"
    assert packed(archive) == {"bmp", "png"}


@pytest.mark.parametrize("make", [rar4, rar5])
def test_a_bitmap_stored_in_a_rar_is_seen_by_content(make: object) -> None:
    assert callable(make)
    archive = make("screen.dat", BMP)
    assert detect(archive) == "rar"
    assert packed(archive) == {"bmp"}


@pytest.mark.parametrize(("make", "method"), [(rar4, 0x33), (rar5, 3)])
def test_a_compressed_rar_is_told_by_its_names(make: object, method: int) -> None:
    assert callable(make)
    assert packed(make("Screen.BMP", b"\x00" * 90, method)) == {"bmp"}


def test_a_zip_bomb_is_not_unpacked() -> None:
    found = look_into(zipped(bomb=b"\x00" * 50_000_000))
    assert (found.formats, found.bounded) == (frozenset(), "ratio")


def test_an_archive_of_very_many_files_is_left_closed() -> None:
    found = look_into(zipped(**{f"f{n}": b"x" for n in range(1001)}))
    assert (found.formats, found.bounded) == (frozenset(), "count")


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"Rar!\x1a\x07\x00\x00\x00\x74"])
def test_a_broken_archive_holds_nothing(content: bytes) -> None:
    assert packed(content) == frozenset()


def test_a_rar_cut_anywhere_raises_nothing() -> None:
    for whole in (rar4("a.bmp", BMP), rar5("a.bmp", BMP)):
        for end in range(len(whole)):
            packed(whole[:end])
            packed(whole[:end] + b"\xff" * 20)


def test_what_is_no_archive_holds_nothing() -> None:
    assert packed(PNG) == frozenset()


def test_an_office_file_is_no_archive_to_a_rule() -> None:
    document = zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert detect(document) == "docx"


def tarred(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_what_is_in_a_gz_or_a_tar_is_seen_by_content() -> None:
    assert detect(gzip.compress(BMP)) == "gz"
    assert packed(gzip.compress(BMP)) == {"bmp"}
    assert detect(tarred(**{"a.txt": PNG})) == "tar"
    assert packed(tarred(**{"a.txt": PNG, "b": b"a log", "c.png": b""})) == {"png", "txt", "empty"}
    assert packed(gzip.compress(tarred(x=PNG))) == {"png"}


def test_a_gz_bomb_is_met_with_a_bound_and_little_memory() -> None:
    bomb = gzip.compress(bytes(200_000_000))
    tracemalloc.start()
    assert look_into(bomb).bounded == "ratio" or look_into(bomb).formats == {"bin"}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("cut", [0, 100, 300, 511, 513, 700])
def test_a_broken_tar_or_gz_raises_nothing(cut: int) -> None:
    whole = tarred(a=PNG, b=BMP)
    look_into(whole[:cut])
    look_into(gzip.compress(whole)[:cut])
    look_into(whole[:124] + b"999999999999" + whole[136:])
    look_into(whole[:124] + b"x" * 12 + whole[136:])
    look_into(whole[:124] + b"77777777777 " + whole[136:])
