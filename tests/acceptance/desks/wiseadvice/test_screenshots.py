"""Which screenshots this desk takes, shown over REST and letters."""

import io
import struct
import zipfile

import pytest

from reglament_local.demo.letters import File
from reglament_local.demo.pictures import attachment, bmp, png
from tests.acceptance.desks.wiseadvice.asking import by_letter
from tests.acceptance.rules.desk import DeskInUse, broken

pytestmark = pytest.mark.acceptance


def zipped(*files: bytes) -> bytes:
    """A ZIP of such files, whose names say nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.dat", content)
    return buffer.getvalue()


def rarred(content: bytes) -> bytes:
    """A RAR of one stored file (archive format 4.x)."""
    name = b"0.dat"
    head = struct.pack("<HBHHI", 0, 0x74, 0x8000, 32 + len(name), len(content))
    head += struct.pack("<IBIIBBHI", len(content), 2, 0, 0, 29, 0x30, len(name), 0)
    main = struct.pack("<HBHH", 0, 0x73, 0, 13) + b"\x00" * 6
    end = struct.pack("<HBHH", 0, 0x7B, 0x4000, 7)
    return b"Rar!\x1a\x07\x00" + main + head + name + content + end


GOOD = {
    "jpg": b"\xff\xd8\xff\xe0" + b"\x00" * 64,
    "gif": b"GIF89a" + b"\x00" * 64,
    "png": png(),
    "tiff": b"II*\x00" + b"\x00" * 64,
    "bmp in zip": zipped(bmp()),
    "bmp in rar": rarred(bmp()),
    "png in zip": zipped(b"readme", png()),
}
BAD = {"bmp": bmp(), "webp": b"RIFF\x40\x00\x00\x00WEBPVP8 " + b"\x00" * 64}


@pytest.mark.rule("WIS-18", key=("request.attachments.formats", "request.attachments.packed"))
async def test_screenshots_come_in_the_desks_formats_told_by_content(desk: DeskInUse) -> None:
    """JPG, GIF, PNG or TIFF; BMP only packed in ZIP or RAR; by content, whatever the name."""
    for kind, content in GOOD.items():
        ticket = await desk.opened(attachments=[attachment("экран.dat", content)])
        assert (ticket["status"], ticket["violations"]) == ("registered", []), kind
    for kind, content in BAD.items():
        ticket = await desk.opened(attachments=[attachment("экран.png", content)])
        assert ticket["status"] == "returned", kind
        assert "attachment-format" in broken(ticket), kind


@pytest.mark.rule("WIS-18", key="request.attachments")
async def test_an_archive_that_swells_is_left_closed(desk: DeskInUse) -> None:
    bomb = zipped(bmp() + b"\x00" * 200_000_000)
    many = zipped(*(b"" for _ in range(20_000)), bmp())
    for content in (bomb, many):
        ticket = await desk.opened(attachments=[attachment("экран.zip", content)])
        assert (ticket["status"], broken(ticket)) == ("returned", {"screenshot-missing"})


@pytest.mark.rule("WIS-18", key="request.attachments.formats")
async def test_a_bare_bitmap_comes_back_and_a_packed_one_opens_the_request(
    desk: DeskInUse,
) -> None:
    fate = await by_letter(desk, files=(File(name="экран.png", content=bmp()),))
    assert (fate["outcome"], fate["rule"]) == ("returned", "attachment-format")
    olga = desk.writer()
    (back,) = await olga.received(1)
    packed = File(name="экран.zip", content=zipped(bmp()))
    again = await olga.sent(olga.letter("Re: отпуска", answers=back, body="Вот.", files=(packed,)))
    assert (again["outcome"], again["ticket"]) == ("ticket", fate["ticket"])
