"""In which language a reader wants the reasons told: `?locale=`, else Accept-Language."""

from typing import Annotated, get_args

from fastapi import Depends, Header, Query

from sla_clock.domain.wording import LOCALES, Locale

DEFAULT: Locale = get_args(Locale)[0]


def reader_locale(
    locale: Annotated[Locale | None, Query(description="of the segments' texts")] = None,
    accept_language: Annotated[
        str | None, Header(description="where no `locale` is given: en, ru or fr", max_length=500)
    ] = None,
) -> Locale:
    """The language asked for; of those accepted the best that there is; else English."""
    return locale or _accepted(accept_language or "")


def _accepted(header: str) -> Locale:
    """RFC 9110, 12.5.4: by weight, then as listed; a region's variant is its language."""
    best: tuple[float, Locale] = (0.0, DEFAULT)
    for item in header.split(","):
        tag, _, parameter = item.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        for known in LOCALES:
            if name == known and weight > best[0]:
                best = (weight, known)
    return best[1]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


ReaderLocale = Annotated[Locale, Depends(reader_locale)]
