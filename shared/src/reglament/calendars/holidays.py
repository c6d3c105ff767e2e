"""Holidays of a region, out of data frozen in the repository (semantics 6)."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

# A file that was released stays: live tickets go by it until they are moved (semantics 6).
DATA = files("reglament.calendars").joinpath("data")
_NAME = re.compile(r"([a-z]{2})\.v(\d+)\.json")
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """A region's settled years, and what its law says of every other year.

    holidays: days off that week days would not give, with their names by language (en, ru, fr);
    moved days off and those decreed once included. working_days: weekend days that work in
    exchange. short_days: an hour shorter. decreed_once: day -> the decree that names it.
    statutory: (month, day) -> names, used outside first_year..last_year, where it is provisional.
    """

    region: str
    version: str
    first_year: int
    last_year: int
    holidays: Mapping[date, Names]
    working_days: frozenset[date]
    short_days: frozenset[date]
    statutory: Mapping[tuple[int, int], Names]
    decreed_once: Mapping[date, str]

    def name_of(self, day: date, locale: str = "en") -> str | None:
        """The holiday's name on that local date, in English if not in `locale`; None: ordinary."""
        if self.is_decreed(day):
            names = self.holidays.get(day)
        else:
            names = self.statutory.get((day.month, day.day))
        return None if names is None else names.get(locale, names["en"])

    def is_decreed(self, day: date) -> bool:
        """False where the year's transfers are not known: the answer is provisional."""
        return self.first_year <= day.year <= self.last_year


@cache
def editions() -> Mapping[str, tuple[int, ...]]:
    """Region -> the versions of its data that this release knows, oldest first."""
    found: dict[str, list[int]] = {}
    for file in DATA.iterdir():
        if match := _NAME.fullmatch(file.name):
            found.setdefault(match[1].upper(), []).append(int(match[2]))
    return {region: tuple(sorted(found[region])) for region in sorted(found)}


def newest_edition(region: str) -> int:
    """The version of a region's data that new tickets go by. ValueError where it has none."""
    if region not in editions():
        raise ValueError(f"holidays: {region!r} is none of {', '.join(editions())}")
    return editions()[region][-1]


def regional_holidays(region: str, edition: int | None = None) -> Holidays:
    """The frozen data of a region; edition None, or one of a later release: the newest.

    ValueError for a region that has none, or a bad sum.
    """
    newest = newest_edition(region)
    return _edition(region, newest if edition is None else min(edition, newest))


@cache
def _edition(region: str, edition: int) -> Holidays:
    name = f"{region.lower()}.v{edition}.json"
    return read_data(json.loads(DATA.joinpath(name).read_text(encoding="utf-8")), name)


def read_data(data: dict[str, Any], name: str) -> Holidays:
    """The data of a file whose sha256 is right; ValueError where it was changed by hand."""
    sha256 = data.pop("sha256")
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if hashlib.sha256(canonical.encode()).hexdigest() != sha256:
        raise ValueError(f"holidays: {name} does not match its sha256; regenerate it by the script")
    first, last = data["years"]
    return Holidays(
        region=data["region"],
        version=f"{data['region']}.v{data['version']}.{sha256[:12]}",
        first_year=first,
        last_year=last,
        holidays={
            _date(day): names for day, names in {**data["holidays"], **data["decreed"]}.items()
        },
        working_days=frozenset(_date(day) for day in data["working_days"]),
        short_days=frozenset(_date(day) for day in data["short_days"]),
        statutory={(int(key[:2]), int(key[3:])): names for key, names in data["statutory"].items()},
        decreed_once={_date(day): names["source"] for day, names in data["decreed"].items()},
    )


def _date(text: str) -> date:
    return date.fromisoformat(text)
