"""The worker process: `python -m intake.channels.mail.worker`. Reads letters, may die of them.

Frames on stdin and stdout: 4 bytes of length, big-endian, then the raw letter or a MessagePack'd
`Outcome`. Memory is bounded by RLIMIT_AS; time by the parent, which kills it (reliability c10).
"""

import logging
import resource
import sys
from typing import BinaryIO

import msgspec

from intake.channels.mail.letter import ParsedLetter
from intake.channels.mail.limits import Unreadable
from intake.channels.mail.parse import parse

MEMORY_LIMIT = 768 * 1024 * 1024
LENGTH_BYTES = 4


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Either the letter, or the rule by which it goes to quarantine."""

    letter: ParsedLetter | None = None
    unreadable: str | None = None


def read(raw: bytes) -> Outcome:
    """One letter, whatever is in it: no exception leaves this function (reliability c11)."""
    try:
        return Outcome(letter=parse(raw))
    except Unreadable as error:
        return Outcome(unreadable=str(error))
    except MemoryError:
        return Outcome(unreadable="memory")
    except RecursionError:
        return Outcome(unreadable="depth")
    except Exception as error:  # noqa: BLE001 - whatever it is, the letter is kept and shown
        return Outcome(unreadable=f"parser-{type(error).__name__}")


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer frames until the parent closes the pipe."""
    encoder = msgspec.msgpack.Encoder()
    while head := source.read(LENGTH_BYTES):
        raw = source.read(int.from_bytes(head))
        answer = encoder.encode(read(raw))
        target.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        target.flush()


def main() -> None:
    """Bound the memory, then serve."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
