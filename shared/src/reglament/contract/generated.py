"""Files that code makes, in a checkout: what differs from the code, and writing it again."""

from collections.abc import Collection, Mapping
from pathlib import Path


def differing(root: Path, texts: Mapping[str, str], present: Collection[str] = ()) -> list[str]:
    """Paths within root that are not as the code says, sorted.

    texts: path -> what the code says; present: paths of files of which the code makes each one,
    so that one which it does not make differs too.
    """
    different = [
        path
        for path, text in texts.items()
        if not (root / path).exists() or (root / path).read_text("utf-8") != text
    ]
    return sorted({*different, *(set(present) - texts.keys())})


def write(root: Path, texts: Mapping[str, str], present: Collection[str] = ()) -> list[str]:
    """Write what differs, remove what no code makes; the paths of both."""
    paths = differing(root, texts, present)
    for path in paths:
        file = root / path
        if path in texts:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(texts[path], "utf-8")
        else:
            file.unlink()
    return paths


def files_in(root: Path, folder: str, pattern: str = "*") -> list[str]:
    """The paths within root of a folder's files, at whatever depth."""
    return [
        str(file.relative_to(root)) for file in (root / folder).rglob(pattern) if file.is_file()
    ]
