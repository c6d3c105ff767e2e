"""Holidays of a release that does not exist yet."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from reglament.calendars import holidays
from reglament.calendars.calendar import day_plans
from reglament.calendars.timetable import timetable


@contextmanager
def shipped(folder: Path) -> Iterator[Path]:
    """The frozen data stands in this folder, to which `release` may add."""
    for file in holidays.DATA.iterdir():
        if file.name.endswith(".json"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holidays, "DATA", folder)
        _forget()
        yield folder
    _forget()


def release(folder: Path, region: str, day: date) -> int:
    """The next version of a region's data has one holiday more; its number."""
    newest = holidays.newest_edition(region)
    name = f"{region.lower()}.v{{}}.json"
    data = json.loads((folder / name.format(newest)).read_text(encoding="utf-8"))
    del data["sha256"]
    data["version"] = newest + 1
    data["holidays"][day.isoformat()] = {"en": "Feast", "ru": "Праздник", "fr": "Fête"}
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    data["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()
    (folder / name.format(newest + 1)).write_text(json.dumps(data), encoding="utf-8")
    _forget()
    return newest + 1


def _forget() -> None:
    """What is known is read anew. A release's data never changes, a test's does: the next test has
    the same edition with another day.
    """
    holidays.editions.cache_clear()
    holidays._edition.cache_clear()
    day_plans.cache_clear()
    timetable.cache_clear()
