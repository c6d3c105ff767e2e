"""In which language a reader wants the reasons told: `?locale=`, else Accept-Language."""

from typing import Annotated, get_args

from fastapi import Depends, Header, Query

from reglament.http.languages import accepted
from sla_clock.domain.wording import LOCALES, Locale

DEFAULT: Locale = get_args(Locale)[0]
MOST_ACCEPTED = 500


def reader_locale(
    locale: Annotated[Locale | None, Query(description="of the segments' texts")] = None,
    accept_language: Annotated[
        str | None,
        Header(description="where no `locale` is given: en, ru or fr", max_length=MOST_ACCEPTED),
    ] = None,
) -> Locale:
    """The language asked for; of those accepted the best that there is; else English."""
    if locale is not None:
        return locale
    best = accepted(accept_language or "", LOCALES)
    return next((known for known in LOCALES if known == best), DEFAULT)


ReaderLocale = Annotated[Locale, Depends(reader_locale)]
