"""Who a letter is really from, as our own mail server found it (reliability c2).

Only the topmost Authentication-Results counts, and only if our server wrote it.
"""

import re
from typing import Literal

from intake.channels.mail.headers import bare

Authenticity = Literal["passed", "failed", "unknown"]
# A result stands at the start of its section: what a sender has put into a property is none.
_VERDICT = re.compile(r"\s*dmarc\s*(?:/\s*1\s*)?=\s*([a-z]{1,20})(?!\S)")
_FROM = re.compile(r"(?<!\S)header\.from\s*=\s*(?:[^\s@]{0,64}@)?([^\s@]{1,253})")
_VERSIONS: tuple[list[str], ...] = ([], ["1"])


def authenticity(
    results: tuple[str, ...], own_servers: frozenset[str], domain: str = ""
) -> Authenticity:
    """What the topmost header says of From's domain by DMARC (RFC 8601).

    results: Authentication-Results, topmost first. own_servers: our authserv-ids, lower case.
    domain: From's as we read it. `unknown` where our server did not write the topmost one, says
    neither pass nor fail, or has read another domain in From.
    """
    server, _, rest = bare((results or ("",))[0].lower()).partition(";")
    name, *version = server.split() or [""]
    if name not in own_servers or version not in _VERSIONS:
        return "unknown"
    sections = [section for section in rest.split(";") if _VERDICT.match(section)]
    verdicts = {match[1] for section in sections if (match := _VERDICT.match(section))}
    if "fail" in verdicts:
        return "failed"
    judged = {_ascii(match[1]) for section in sections for match in _FROM.finditer(section)}
    if domain and judged - {_ascii(domain.lower())}:
        return "unknown"
    return "passed" if verdicts == {"pass"} else "unknown"


def _ascii(domain: str) -> str:
    """The domain as DNS has it; itself where that cannot be told."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
