"""A browser for the tests of pages: the one that is here, or Debian's, installed where that can be.

`python -m reglament_local.browser`. Ends well in any case: without a browser those tests are
skipped, and say so.
"""

import os
import shutil
import subprocess
import sys

from reglament_local.console import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")


def found() -> str | None:
    """The path of a browser: REGLAMENT_BROWSER, or one on the PATH."""
    return os.environ.get("REGLAMENT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


def installed() -> bool:
    """Whether apt brought one; only as root, and only where there is apt."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES),
    )
    return all(
        subprocess.run(command, check=False, env=environ, stdout=sys.stderr).returncode == 0  # noqa: S603 - our own
        for command in commands
    )


def main() -> int:
    """Says what there is."""
    path = found() or (found() if installed() else None)
    hint = "none; tests of pages are skipped (as root: apt-get install chromium fonts-dejavu-core)"
    say(f"browser: {path or hint}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
