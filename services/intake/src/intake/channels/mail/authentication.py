"""Who a letter is really from, as our own mail server found it (reliability c2).

Only the topmost Authentication-Results counts, and only if our server wrote it.
"""

import re
from typing import Literal

Authenticity = Literal["passed", "failed", "unknown"]
_VERDICT = re.compile(r"\bdmarc\s*=\s*([a-z]{1,20})")
_COMMENT = re.compile(r"\([^()]{0,500}\)")


def authenticity(results: tuple[str, ...], own_servers: frozenset[str]) -> Authenticity:
    """What the topmost header says of From's domain by DMARC.

    results: Authentication-Results, topmost first. own_servers: our authserv-ids, lower case.
    `unknown` where our server did not write the topmost one, or says neither pass nor fail.
    """
    if not results:
        return "unknown"
    server, _, rest = results[0].lower().partition(";")
    if not server.split() or server.split()[0] not in own_servers:
        return "unknown"
    verdicts = set(_VERDICT.findall(_COMMENT.sub(" ", rest)))
    if verdicts == {"pass"}:
        return "passed"
    return "failed" if "fail" in verdicts else "unknown"
