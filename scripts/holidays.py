"""Freeze a region's holidays out of the `holidays` library (semantics 6).

Run: python scripts/holidays.py [--check]. Writes shared/src/reglament/calendars/data/ru.v1.json,
which is reviewed like code; --check exits 1 where the library of today says otherwise.
Short days are derived: by art. 95 of the Labour Code the working day right before a public
holiday is an hour shorter, and a working weekend day is as long as the day it stands in for.
"""

import hashlib
import json
import re
import sys
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

# The script's own name is that of the library: its folder must not come first.
sys.path = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
import holidays  # noqa: E402

YEARS = range(2018, 2028)
TARGET = Path(__file__).parents[1] / "shared/src/reglament/calendars/data/ru.v1.json"
_FROM = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")
STATUTORY = {
    **{f"01-0{day}": ("Новогодние каникулы", "New Year Holidays") for day in range(1, 9)},
    "01-07": ("Рождество Христово", "Christmas Day"),
    "02-23": ("День защитника Отечества", "Defender of the Fatherland Day"),
    "03-08": ("Международный женский день", "International Women's Day"),
    "05-01": ("Праздник Весны и Труда", "Holiday of Spring and Labor"),
    "05-09": ("День Победы", "Victory Day"),
    "06-12": ("День России", "Russia Day"),
    "11-04": ("День народного единства", "Unity Day"),
}


def is_statutory(day: date) -> bool:
    """Whether art. 112 names the day: days off that were only moved there are not."""
    return day.strftime("%m-%d") in STATUTORY


def moved(english: dict[date, str]) -> dict[date, date]:
    """Working weekend day -> the day off it stands in for."""
    pairs = {}
    for day, name in english.items():
        if match := _FROM.search(name):
            month, day_of_month, year = (int(part) for part in match.groups())
            pairs[date(year, month, day_of_month)] = day
    return pairs


def short_days(days_off: set[date], working: dict[date, date]) -> list[date]:
    """Working days an hour shorter (art. 95), and working weekend days that replace such."""
    short = []
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        stands_for = working.get(day, day)
        works = day in working or (day.weekday() < 5 and day not in days_off)
        if works and is_statutory(stands_for + timedelta(days=1)):
            short.append(day)
        day += timedelta(days=1)
    return short


def frozen() -> dict[str, Any]:
    """The data as it is written, with the sha256 of its canonical form."""
    english = holidays.country_holidays("RU", years=YEARS, language="en_US")
    russian = holidays.country_holidays("RU", years=YEARS, language="ru")
    swapped = moved(dict(english))
    working = {day: swapped[day] for day in sorted(english.weekend_workdays)}
    days_off = {day for day in english if day not in working}
    data: dict[str, Any] = {
        "region": "RU",
        "version": 1,
        "source": f"holidays {version('holidays')}",
        "years": [YEARS[0], YEARS[-1]],
        "statutory": {key: {"ru": ru, "en": en} for key, (ru, en) in sorted(STATUTORY.items())},
        "holidays": {
            str(day): {"ru": russian[day], "en": english[day]} for day in sorted(days_off)
        },
        "working_days": {str(day): str(working[day]) for day in sorted(working)},
        "short_days": [str(day) for day in short_days(days_off, working)],
    }
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**data, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}


def main() -> int:
    """Write the file, or compare it with the library."""
    text = json.dumps(frozen(), ensure_ascii=False, indent=1) + "\n"
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
