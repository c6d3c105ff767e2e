"""Screenshots and formats, by content and never by name (EIL-06, WIS-10, WIS-18)."""

from collections.abc import Iterator
from typing import get_args

from intake.domain.facts import File
from intake.domain.rules.found import Found, found
from reglament.policy.request import AttachmentRule
from reglament.policy.values import ImageName

IMAGES: frozenset[str] = frozenset(get_args(ImageName))
LOGS = frozenset({"txt", "gz", "html", "xml", "pdf"})
ARCHIVES = frozenset({"zip", "rar", "7z"})


def has_screenshot(files: tuple[File, ...]) -> bool:
    """An image, bare or packed."""
    return any(_images(file) for file in files)


def has_log(files: tuple[File, ...]) -> bool:
    """A text, bare or packed."""
    return any(({file.format} | file.packed) & LOGS for file in files)


def violations(rule: AttachmentRule | None, files: tuple[File, ...]) -> list[Found]:
    """Images that may not come so, and the screenshot that is missing."""
    if rule is None:
        return []
    wrong = list(_wrong(rule, files))
    if rule.screenshot == "optional" or any(_accepted(rule, file) for file in files):
        return wrong
    otherwise = "flag" if rule.screenshot == "flagged" else rule.otherwise
    return [*wrong, found(otherwise, "screenshot-missing", "attachments")]


def _images(file: File) -> frozenset[str]:
    return (frozenset({file.format}) | file.packed) & IMAGES


def _is_bare(rule: AttachmentRule, file: File) -> bool:
    return file.format in IMAGES and (not rule.formats or file.format in rule.formats)


def _is_packed(rule: AttachmentRule, file: File) -> bool:
    """An archive with an image inside: of a format that may come bare, or so packed."""
    return any(
        not rule.formats or image in rule.formats or file.format in rule.packed.get(image, ())
        for image in file.packed & IMAGES
    )


def _accepted(rule: AttachmentRule, file: File) -> bool:
    return _is_bare(rule, file) or _is_packed(rule, file)


def _wrong(rule: AttachmentRule, files: tuple[File, ...]) -> Iterator[Found]:
    """Only images are judged: a log or a document beside the screenshot does no harm."""
    for index, file in enumerate(files):
        if _images(file) and not _accepted(rule, file):
            yield found(
                rule.otherwise, "attachment-format", f"attachments.{index}", _detail(rule, file)
            )


def _detail(rule: AttachmentRule, file: File) -> str:
    """What it is, and what would do: `bmp; jpg, png; bmp (zip, rar)`."""
    packed = [f"{image} ({', '.join(into)})" for image, into in rule.packed.items()]
    return "; ".join([file.format, ", ".join(rule.formats), *packed])
