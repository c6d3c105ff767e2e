"""Freeze regions' holidays out of the `holidays` library and what was decreed (semantics 6).

Run: python scripts/holidays.py [--check] [REGION…]. Writes
shared/src/reglament/calendars/data/<region>.v<N>.json, which is reviewed like code; --check exits
1 where the library of today says otherwise. Other days for a year that was released: raise the
region's version and run; the former file stays, as live tickets go by it. Another country: a line
in REGIONS, names it lacks in holiday_names.py, run, review.
"""

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

# The script's own name is that of the library: its folder must come last.
HERE = str(Path(__file__).parent)
sys.path = [*(entry for entry in sys.path if entry != HERE), HERE]
import holidays  # noqa: E402
from holiday_names import translated  # noqa: E402

DATA = Path(__file__).parents[1] / "shared/src/reglament/calendars/data"
_FROM = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")
BY_DECREE = "Non-working day by decree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """years: whose days off are settled: for countries that decree transfers, the decreed ones.

    eves: the working day right before a holiday is an hour shorter (Labour Code of Russia art. 95,
    of Belarus art. 116); a working weekend day is as long as the day it stands in for.
    """

    code: str
    version: int
    years: range
    eves: bool = False


REGIONS = (
    Region(code="RU", version=2, years=range(2018, 2028), eves=True),
    Region(code="BY", version=1, years=range(2018, 2027), eves=True),
    Region(code="KZ", version=1, years=range(2018, 2027)),
    Region(code="DE", version=1, years=range(2018, 2036)),
    Region(code="FR", version=1, years=range(2018, 2036)),
    Region(code="GB", version=1, years=range(2018, 2036)),
    Region(code="US", version=1, years=range(2018, 2036)),
)
# Days off work with pay that Russia's president decreed besides the holidays: (from, to, source).
# On 2026-11-23 these, and every day off, working and short day of Russia from 2018 to 2027, were
# those of the production calendars of xmlcalendar.ru (github.com/xmlcalendar/data), which name the
# decrees; the transfers of 2027 are the Government's decree of 17.09.2026 N 1187.
DECREES = {
    "RU": (
        (date(2020, 3, 30), date(2020, 4, 3), "Указ Президента РФ от 25.03.2020 № 206"),
        (date(2020, 4, 4), date(2020, 4, 30), "Указ Президента РФ от 02.04.2020 № 239"),
        (date(2020, 5, 6), date(2020, 5, 8), "Указ Президента РФ от 28.04.2020 № 294"),
        (date(2020, 6, 24), date(2020, 6, 24), "Указ Президента РФ от 29.05.2020 № 345"),
        (date(2020, 7, 1), date(2020, 7, 1), "Указ Президента РФ от 01.06.2020 № 354"),
        (date(2021, 5, 4), date(2021, 5, 7), "Указ Президента РФ от 23.04.2021 № 242"),
        (date(2021, 10, 30), date(2021, 11, 7), "Указ Президента РФ от 20.10.2021 № 595"),
    )
}
# Art. 112 of Russia's Labour Code: a day off that was only moved there is none of these.
STATUTORY_RU = {
    **{f"01-0{day}": "New Year Holidays" for day in range(1, 9)},
    "01-07": "Christmas Day",
    "02-23": "Defender of the Fatherland Day",
    "03-08": "International Women's Day",
    "05-01": "Holiday of Spring and Labor",
    "05-09": "Victory Day",
    "06-12": "Russia Day",
    "11-04": "Unity Day",
}


def statutory(region: Region, days_off: dict[date, str]) -> dict[str, str]:
    """MM-DD -> English name of what is a holiday every year."""
    if region.code == "RU":
        return STATUTORY_RU
    names: dict[str, list[str]] = {}
    for day, name in days_off.items():
        names.setdefault(day.strftime("%m-%d"), []).append(name)
    settled = {key: found for key, found in names.items() if len(found) == len(region.years)}
    return {key: found[0] for key, found in sorted(settled.items()) if len(set(found)) == 1}


def moved(english: dict[date, str]) -> dict[date, date]:
    """Working weekend day -> the day off it stands in for."""
    pairs = {}
    for day, name in english.items():
        if match := _FROM.search(name):
            month, day_of_month, year = (int(part) for part in match.groups())
            pairs[date(year, month, day_of_month)] = day
    return pairs


def short_days(region: Region, days_off: dict[date, str], working: dict[date, date]) -> list[date]:
    """Working days an hour shorter, and working weekend days that replace such."""
    if not region.eves:
        return []
    fixed = statutory(region, days_off)

    def is_holiday(day: date) -> bool:
        name = days_off.get(day, "")
        own = bool(name) and "substituted" not in name and "observed" not in name
        return day.strftime("%m-%d") in fixed or (own and region.code != "RU")

    short = []
    day = date(region.years[0], 1, 1)
    while day.year in region.years:
        works = day in working or (day.weekday() < 5 and day not in days_off)
        if works and is_holiday(working.get(day, day) + timedelta(days=1)):
            short.append(day)
        day += timedelta(days=1)
    return short


def decreed(region: Region, days_off: dict[date, str]) -> dict[date, str]:
    """Day -> the decree by which it was no working day, where no holiday made it one already."""
    return {
        day: source
        for first, last, source in DECREES.get(region.code, ())
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        if day.weekday() < 5 and day not in days_off
    }


def named(english: str, own: dict[str, str]) -> dict[str, str]:
    """The name in the readers' languages; the library's own where it has the language."""
    russian, french = translated(english)
    return {"en": english, "ru": own.get("ru", russian), "fr": own.get("fr", french)}


def frozen(region: Region) -> dict[str, Any]:
    """The data as it is written, with the sha256 of its canonical form."""
    spoken = holidays.country_holidays(region.code).supported_languages
    tongue = {
        language: holidays.country_holidays(region.code, years=region.years, language=library)
        for language, library in (("en", "en_US"), ("ru", "ru"), ("fr", "fr"))
        if library in spoken
    }
    english = {day: name for day, name in tongue["en"].items() if day.year in region.years}
    swapped = moved(english)
    working = {
        day: swapped[day]
        for day in sorted(tongue["en"].weekend_workdays)
        if day.year in region.years and day in swapped
    }
    days_off = {day: name for day, name in sorted(english.items()) if day not in working}
    by_decree = decreed(region, days_off)
    data: dict[str, Any] = {
        "region": region.code,
        "version": region.version,
        "source": f"holidays {version('holidays')}",
        "years": [region.years[0], region.years[-1]],
        "statutory": {
            key: named(name, {}) for key, name in sorted(statutory(region, days_off).items())
        },
        "holidays": {
            str(day): named(name, {key: found[day] for key, found in tongue.items()})
            for day, name in days_off.items()
        },
        "decreed": {
            str(day): {**named(BY_DECREE, {}), "source": source}
            for day, source in sorted(by_decree.items())
        },
        "working_days": {str(day): str(working[day]) for day in sorted(working)},
        "short_days": [str(day) for day in short_days(region, days_off, working)],
    }
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**data, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}


def main(arguments: list[str]) -> int:
    """Write the files of the regions named (of all), or compare them with the library."""
    wanted = {argument for argument in arguments if argument != "--check"}
    differing = []
    for region in REGIONS:
        if wanted and region.code not in wanted:
            continue
        target = DATA / f"{region.code.lower()}.v{region.version}.json"
        text = json.dumps(frozen(region), ensure_ascii=False, indent=1) + "\n"
        if "--check" not in arguments:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            differing.append(target.name)
    if differing:
        sys.stderr.write(f"not what the library says: {', '.join(differing)}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
