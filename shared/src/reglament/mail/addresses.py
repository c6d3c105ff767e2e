"""One strict reading of an address header: exactly one addr-spec, or an error (reliability c3).

The display name is never an identity, and no address is ever taken out of an encoded word.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"
_DOT_ATOM = re.compile(rf"{_ATOM}+(?:\.{_ATOM}+)*")
_LOCAL = re.compile(rf'(?:{_DOT_ATOM.pattern}|"[^"\\\r\n]{{1,62}}")')
_EDGE = r"[A-Za-z0-9\u0080-\U0010ffff]"
_LABEL = rf"{_EDGE}(?:[A-Za-z0-9_\-\u0080-\U0010ffff]{{0,61}}{_EDGE})?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_BAD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()"\\]|[^()"\\]+', re.DOTALL)
_PARENTHESIS = re.compile(r"[()]")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
HEADER_LIMIT = 20_000


class AddressError(ValueError):
    """Not exactly one well-formed address; the code says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An addr-spec and the name shown with it, which may hold encoded words as they came."""

    spec: str
    name: str = ""

    @property
    def key(self) -> str:
        """By what two addresses are compared: without regard to case."""
        return self.spec.casefold()

    @property
    def domain(self) -> str:
        """The part behind the @, in lower case."""
        return self.spec.rpartition("@")[2].lower()


def checked_spec(text: str) -> str:
    """The addr-spec, one spelling for all that reach the same mailbox: domain as DNS compares it
    (RFC 3490), quotes that nothing needs left out. Raises AddressError where it is malformed.
    """
    local, at, domain = text.strip().rpartition("@")
    domain = unicodedata.normalize("NFKC", domain).replace("\u3002", ".")
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise AddressError("malformed")
    if not text.isascii() and not all(map(_is_visible, local + domain)):
        raise AddressError("invisible-characters")
    if _DOT_ATOM.fullmatch(local[1:-1]):
        local = local.strip('"')
    if len(local.encode()) > 64 or len(domain.encode()) > 253:
        raise AddressError("too-long")
    return f"{local}@{domain.lower()}"


# A request compares its sender's address several times.
@lru_cache(maxsize=1024)
def mailbox_key(text: str) -> str:
    """By what people are told apart who give an address: the same for every spelling of it.

    What is no address is compared by its letters.
    """
    try:
        spec = checked_spec(text)
    except AddressError:
        spec = text.strip()
    return unicodedata.normalize("NFC", spec).casefold()


def _is_visible(char: str) -> bool:
    return char.isascii() or unicodedata.category(char)[0] not in "CZ"


def parse_addresses(value: str) -> tuple[Address, ...]:
    """Every address of a To or Cc header; group names and malformed members are left out."""
    found = []
    for member in _members(_cleaned(value)):
        try:
            found.append(_one(member.rpartition(":")[2] if ":" in member else member))
        except AddressError:
            continue
    return tuple(found)


def parse_address(value: str) -> Address:
    """The one address of a From header. Raises AddressError: none, several, malformed."""
    members = [member for member in _members(_cleaned(value)) if member.strip()]
    if len(members) != 1:
        raise AddressError("none" if not members else "several")
    return _one(members[0])


def _cleaned(value: str) -> str:
    text = _FOLD.sub("", value)
    if len(text) > HEADER_LIMIT:
        raise AddressError("too-long")
    if _BAD.search(text):
        raise AddressError("control-characters")
    return _without_comments(text)


def _without_comments(text: str) -> str:
    """The text with its comments cut out; quoted strings and angle brackets stay as they are."""
    kept, depth = [], 0
    for piece in _TOKEN.findall(text):
        if piece == "(":
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
        elif depth:
            # To some readers a quotation hides a parenthesis in a comment, too, and so an address.
            if piece[0] == '"' and _PARENTHESIS.search(piece):
                raise AddressError("unbalanced")
        elif piece == '"':
            raise AddressError("unbalanced")
        else:
            kept.append(piece)
    if depth:
        raise AddressError("unbalanced")
    return "".join(kept)


def _members(text: str) -> list[str]:
    """Split at the commas and semicolons that stand outside of quotes and angle brackets."""
    members: list[str] = []
    current: list[str] = []
    quoted = angle = False
    for index, char in enumerate(text):
        if char == '"' and (index == 0 or text[index - 1] != "\\"):
            quoted = not quoted
        elif not quoted and char in "<>":
            angle = char == "<"
        if char in ",;" and not quoted and not angle:
            members.append("".join(current))
            current = []
        else:
            current.append(char)
    return [*members, "".join(current)]


def _one(text: str) -> Address:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda match: "q" * len(match.group()), text)
    opens, closes = bare.count("<"), bare.count(">")
    if opens == 0 and closes == 0:
        return Address(spec=checked_spec(text))
    start, end = bare.find("<"), bare.find(">")
    if opens != 1 or closes != 1 or end < start or text[end + 1 :].strip():
        raise AddressError("malformed")
    name = text[:start].strip()
    return Address(spec=checked_spec(text[start + 1 : end]), name=_unquoted(name))


def _unquoted(name: str) -> str:
    if len(name) >= 2 and name[0] == '"' and name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1]).strip()
    return name
