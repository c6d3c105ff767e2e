"""Whether a value is well formed: INN, link, number, flag, phone, e-mail address."""

import re
from urllib.parse import urlsplit

from reglament.mail.addresses import AddressError, checked_spec

_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVENTH = (7, *_TEN)
_TWELFTH = (3, *_ELEVENTH)
_YES = frozenset({"yes", "y", "true", "1", "да", "oui", "vrai", "ok", "✓", "+", "on"})
_NO = frozenset({"no", "n", "false", "0", "нет", "non", "faux", "-", "off"})
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_PHONE = re.compile(r"\+?[\d\s().\-/]+(?:(?:ext|доб|x)\.?\s*\d{1,6})?", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "ftp"})


def text(value: object) -> str:
    """A field's value as a person would write it: a ticked box says yes, nothing says nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def is_well_formed(kind: str, value: str) -> bool:
    """Whether the value is one of the field's type (`text` always is)."""
    match kind:
        case "inn":
            return is_inn(value)
        case "link":
            return is_link(value)
        case "number":
            return _NUMBER.fullmatch(value.strip()) is not None
        case "flag":
            return value.strip().casefold() in _YES | _NO
    return True


def flag(value: str) -> bool:
    """A flag's value: whether it says yes, in the desks' languages."""
    return value.strip().casefold() in _YES


def is_inn(value: str) -> bool:
    """10 digits (organisation) or 12 (person) with right check digits (WIS-08)."""
    digits = [int(char) for char in value.strip() if char.isascii() and char.isdigit()]
    if len(digits) != len(value.strip()):
        return False
    if len(digits) == 10:
        return _check(_TEN, digits) == digits[9]
    if len(digits) == 12:
        return (_check(_ELEVENTH, digits), _check(_TWELFTH, digits)) == (digits[10], digits[11])
    return False


def _check(weights: tuple[int, ...], digits: list[int]) -> int:
    return sum(w * d for w, d in zip(weights, digits, strict=False)) % 11 % 10


def is_link(value: str) -> bool:
    """A web address with a host (MIC-11)."""
    try:
        parts = urlsplit(value.strip())
        return parts.scheme in _SCHEMES and bool(parts.hostname) and " " not in value.strip()
    except ValueError:
        return False


def is_phone(value: str) -> bool:
    """5 to 15 digits (E.164) with the usual marks between them (EIL-10)."""
    return _PHONE.fullmatch(value.strip()) is not None and 5 <= _digits(value) <= 20


def _digits(value: str) -> int:
    return sum(char.isdigit() for char in value)


def is_email(value: str) -> bool:
    """Exactly one addr-spec with a domain (EIL-10)."""
    try:
        return checked_spec(value) != ""
    except AddressError:
        return False
