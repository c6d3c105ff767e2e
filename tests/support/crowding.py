"""How much slower a machine is that does other work besides."""

import os


def crowding() -> float:
    """1 on a machine that does nothing else; a promise in seconds is for that one.

    On a shared one, how many want each core.
    """
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
