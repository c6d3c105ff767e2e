"""Screenshots and formats."""

import pytest

from intake.domain.facts import File
from intake.domain.rules.attachments import violations
from reglament.policy.request import AttachmentRule

RULE = AttachmentRule(
    screenshot="required",
    formats=("jpg", "gif", "png", "tiff"),
    packed={"bmp": ("zip", "rar")},
    otherwise="return",
)


def file(kind: str, *packed: str) -> File:
    return File(id=kind, format=kind, size=1, packed=frozenset(packed))


@pytest.mark.rule("WIS-10")
@pytest.mark.rule("WIS-18")
@pytest.mark.parametrize(
    ("files", "rules"),
    [
        ((), ["screenshot-missing"]),
        ((file("png"),), []),
        ((file("bmp"),), ["attachment-format", "screenshot-missing"]),
        ((file("zip", "bmp"),), []),
        ((file("rar", "bmp"),), []),
        ((file("7z", "bmp"),), ["attachment-format", "screenshot-missing"]),
        ((file("zip", "txt"),), ["screenshot-missing"]),
        ((file("webp"),), ["attachment-format", "screenshot-missing"]),
        ((file("png"), file("txt")), []),
        ((file("png"), file("bmp")), ["attachment-format"]),
    ],
)
def test_screenshots_come_in_the_desks_formats(files: tuple[File, ...], rules: list[str]) -> None:
    assert [each.violation.rule for each in violations(RULE, files)] == rules


def test_a_missing_screenshot_may_only_be_flagged() -> None:
    (found,) = violations(AttachmentRule(screenshot="flagged"), ())
    assert found.otherwise == "flag"


def test_a_wrong_format_says_what_would_do() -> None:
    found = violations(RULE, (file("bmp"),))[0].violation
    assert found.detail == "bmp; jpg, gif, png, tiff; bmp (zip, rar)"
    assert found.field == "attachments.0"
