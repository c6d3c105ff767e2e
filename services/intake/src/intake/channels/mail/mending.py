"""What is wrong with many letters and keeps none from being read."""

import contextlib
import re
from email.message import Message
from email.policy import Compat32
from typing import Any

from intake.channels.mail.limits import HEADER_BLOCK_LIMIT, header_block

# A byte order mark before a header's name, an mbox's escaped first line, RFC 822's space before
# the colon: Python's parser takes each of them for the end of the header.
_MARK = re.compile(rb"^\xef\xbb\xbf(?=[!-9;-~]{1,200}[ \t]{0,20}:)", re.MULTILINE)
_ESCAPED = re.compile(rb"^>From [^\r\n]{0,1000}(?:\r?\n|\Z)", re.MULTILINE)
_SPACED = re.compile(rb"^([!-9;-~]{1,200})[ \t]{1,20}:", re.MULTILINE)


def mended(raw: bytes) -> bytes:
    """The letter with a head that can be read to its end; its body as it is."""
    block = header_block(raw[: HEADER_BLOCK_LIMIT + 4])
    head = _SPACED.sub(rb"\1:", _ESCAPED.sub(b"", _MARK.sub(b"", block)))
    return raw if head == block else head + raw[len(block) :]


class WoundedMessage(Message):
    """A letter or a part of one. A parameter that the standard library stumbles over is none."""

    def get_param(
        self,
        param: str,
        failobj: Any = None,
        header: str = "content-type",
        unquote: bool = True,
    ) -> Any:
        """As the standard library's, whatever is in the header."""
        with contextlib.suppress(TypeError, ValueError, LookupError):
            return super().get_param(param, failobj, header, unquote)
        return failobj


class _AsItCame(Compat32):
    """Writes a nested letter's headers as they were read: folded anew they are others, and late."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


AS_IT_CAME = _AsItCame()
