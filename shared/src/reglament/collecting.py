"""The garbage collector of a process: it looks for circles seldom, and not among what is for ever.

A batch is many objects, of which none are in a circle; as the interpreter is set up, it looks
through them each 700.
"""

import gc

YOUNG = 50_000


def collect_seldom() -> None:
    """From now on, for the whole process: called once it is composed."""
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
