"""How a stranger's bytes are given to a browser: to be saved, never shown (reliability c6, c9)."""

import re
from urllib.parse import quote

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")
NOTHING_LIVE = "default-src 'none'; sandbox"


def download_headers(name: str) -> dict[str, str]:
    """Headers of a file to be saved as `name`, whatever is in it (RFC 6266, RFC 8187).

    Parts of it are not given: nobody can ask for thousands of ranges.
    """
    plain = _NOT_PLAIN.sub("_", name).strip(". ") or "file"
    exact = quote(name.encode("utf-8", "replace"), safe="")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": NOTHING_LIVE,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "none",
    }
