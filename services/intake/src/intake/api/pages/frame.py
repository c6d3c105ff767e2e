"""What all pages have in common: words, templates, guarding headers.

Everything that a page loads comes from its own origin, and nothing runs that does not.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import Response

from reglament.http.languages import accepted
from reglament.wording import LOCALES, Codes, chosen_locale
from reglament.yaml_core import parse_yaml

PACKAGE = "intake.api.pages"
LANGUAGE_COOKIE, A_YEAR = "reglament_lang", 365 * 86_400
LANGUAGES: Mapping[str, str] = {"ru": "Русский", "en": "English", "fr": "Français"}
GUARDS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@lru_cache(maxsize=len(LOCALES))
def words_of(locale: str) -> Codes:
    """All that pages say in a language."""
    text = files(PACKAGE).joinpath("words", f"{locale}.yaml").read_text(encoding="utf-8")
    return Codes(locale, parse_yaml(text))


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language(request: Request, own: str | None = None, otherwise: str = "en") -> str:
    """The reader's choice; else their own language; else what their browser asks for."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LOCALES:
            return asked
    if own is not None:
        return chosen_locale(own, otherwise)
    return accepted(request.headers.get("accept-language", ""), LOCALES) or otherwise


def rendered(
    request: Request, template: str, locale: str, values: Mapping[str, Any], status: int = 200
) -> Response:
    """The page. A language chosen by `?lang=` is kept."""
    page = _templates().get_template(template)
    text = page.render(
        locale=locale,
        languages=[(code, name, _with_language(request, code)) for code, name in LANGUAGES.items()],
        say=words_of(locale).say,
        **values,
    )
    headers = {**GUARDS, "Cache-Control": "no-store", "Content-Language": locale}
    response = Response(text, status, headers, "text/html")
    if request.query_params.get("lang") in LOCALES:
        response.set_cookie(
            LANGUAGE_COOKIE, locale, max_age=A_YEAR, path="/", httponly=True, samesite="lax"
        )
    return response


def _with_language(request: Request, code: str) -> str:
    kept = {name: value for name, value in request.query_params.items() if name == "as_of"}
    url = request.url.replace(query="", fragment="").include_query_params(**kept, lang=code)
    return f"?{url.query}"
