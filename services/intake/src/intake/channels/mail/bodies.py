"""A letter's parts: the text to read, the safe HTML, and the attachments by content.

Nothing is fetched, run or unpacked: message/external-body is an attachment without content.
"""

import binascii
import contextlib
import quopri
import re
from collections.abc import Iterator
from email.message import Message
from html import escape
from html.parser import HTMLParser
from typing import Any, TypeAlias

import nh3

from intake.channels.mail.charsets import decode
from intake.channels.mail.headers import body_text, decoded, one_line, raw_text
from intake.channels.mail.letter import LetterFile
from intake.channels.mail.limits import DEPTH_LIMIT, PART_LIMIT, Unreadable
from intake.channels.mail.mending import AS_IT_CAME
from reglament.mail import formats

Part: TypeAlias = "Message[Any, Any]"
NAME_LIMIT = 200
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("dd", "dl", "dt", "li", "ol", "ul")
_BLOCKS = frozenset(
    (*_HEADINGS, *_LISTS, "address", "article", "blockquote", "br", "div", "hr", "p", "pre")
) | {"section", "table", "tr"}
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(("script", "style", "head", "title", "template", "noscript"))
_TAGS = frozenset(
    (*_HEADINGS, *_LISTS, "a", "abbr", "b", "blockquote", "br", "code", "div", "em", "hr", "i", "p")
) | {"pre", "s", "span", "strong", "sub", "sup", "u", "table", "tbody", "td", "th", "tr"}
_RUNS = re.compile(r"\n[ \t\n]*\n")
_EMBEDDED = re.compile(r"\bdata:[^\"'<>\s]{500,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+(?:=\s*){0,2}")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})", re.IGNORECASE)
# A browser closes these itself, or they hold nothing: so many of them open may be none.
_UNCLOSED = frozenset(
    ("br", "hr", "img", "input", "link", "meta", "col", "wbr", "area", "base")
) | {*("p", "li", "dt", "dd", "td", "th", "tr", "tbody", "option", "thead", "colgroup")}
MARKUP_LIMIT = 2_000_000  # characters: what is longer holds pictures, and cleaning takes long
NESTING_LIMIT = 2_000
ENTITY_LIMIT = 200_000


def leaves(message: Part) -> Iterator[Part]:
    """The parts that hold content, in order. Raises Unreadable: depth, parts."""
    stack: list[tuple[Part, int]] = [(message, 0)]
    count = 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if count > PART_LIMIT:
            raise Unreadable("parts")
        if depth > DEPTH_LIMIT:
            raise Unreadable("depth")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            stack.extend((child, depth + 1) for child in reversed(_children(part)))
        else:
            _read_raw_names(part)
            yield part


def _children(part: Part) -> list[Part]:
    payload: Any = part.get_payload() if part.is_multipart() else ()
    return [child for child in payload if isinstance(child, Message)]


def _read_raw_names(part: Part) -> None:
    """Raw 8-bit bytes in a part's own headers become text, before parameters are read; a transfer
    encoding loses what stands behind its name: the standard library would not know it.
    """
    encoding = str(part.get("content-transfer-encoding", ""))
    if known := re.match(r"[\w-]+(?=[\s;,(])", encoding.strip() + " "):
        part.replace_header("content-transfer-encoding", known.group())
    for name, value in list(part.raw_items()):
        text = raw_text(value)
        if name.lower() in ("content-type", "content-disposition") and text != str(value):
            part.replace_header(name, text)


def is_broken(part: Part) -> bool:
    """A multipart whose parts were not found: what is in it is read as text."""
    return part.get_content_maintype() == "multipart"


def content(part: Part) -> bytes:
    """A part's bytes, transfer encoding undone as far as it can be; a nested letter as a whole."""
    if part.is_multipart():
        return _decoded(part, b"\n".join(_whole(child) for child in _children(part)))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _decoded(part: Part, data: bytes) -> bytes:
    """A nested letter's or report's transfer encoding, which RFC 2046 forbids and servers use."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding != "base64" or _BASE64.fullmatch(data) is None:
        return data
    with contextlib.suppress(binascii.Error):
        return binascii.a2b_base64(data)
    return data


def _whole(letter: Part) -> bytes:
    try:
        return letter.as_bytes(policy=AS_IT_CAME)
    except UnicodeError:  # raw 8-bit bytes in a broken multipart: the stdlib cannot write it back
        return letter.as_string().encode("utf-8", "replace")


def text_of(part: Part) -> str:
    """A text part's text, by its declared charset or a better one."""
    return body_text(decode(content(part), part.get_param("charset", None) and _charset(part)))


def _charset(part: Part) -> str | None:
    value = part.get_param("charset", None)
    return value[2] if isinstance(value, tuple) else value


def file_name(part: Part) -> str:
    """The declared name on one clean line; no path, no marks of direction. Data only (c9)."""
    value = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
    if isinstance(value, tuple):
        charset, _, raw = value
        try:
            name = one_line(decode(raw.encode("latin-1", "surrogateescape"), charset))
        except UnicodeEncodeError:  # the header's own raw bytes were text of another charset
            name = one_line(raw)
    else:
        name = decoded(value) if value else ""
    last = re.split(r"[/\\]", name)[-1].strip(". ")
    return last[-NAME_LIMIT:] if len(last) > NAME_LIMIT else last


def is_body(part: Part) -> bool:
    """A text to read rather than a file to keep."""
    if part.get_content_disposition() == "attachment":
        return False
    return part.get_content_type() in ("text/plain", "text/html") and not file_name(part)


def is_named_text(part: Part) -> bool:
    """A file by its name, and a text that a program shows as it shows a body."""
    is_shown = part.get_content_disposition() != "attachment"
    return is_shown and part.get_content_type() == "text/plain"


def attachment(part: Part) -> LetterFile:
    """The part as a file, its format found in its content."""
    data = b"" if part.get_content_type() == "message/external-body" else content(part)
    found = formats.detect(data)
    return LetterFile(
        name=file_name(part),
        declared_type=one_line(part.get_content_type(), 100),
        format=found,
        size=len(data),
        content=data,
        packed=tuple(sorted(formats.packed(data))),
    )


def safe_html(markup: str) -> str:
    """What a browser may show: no script, style, form, remote or embedded content (c6).

    Where cleaning would take longer than the length tells (nested deep, entities alone), its text.
    """
    shown = _EMBEDDED.sub("", markup)[:MARKUP_LIMIT]
    if _nesting(shown) > NESTING_LIMIT or shown.count("&") > ENTITY_LIMIT:
        return f"<pre>{escape(html_text(shown))}</pre>"
    return nh3.clean(
        shown,
        tags=set(_TAGS),
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _nesting(markup: str) -> int:
    """How deep elements may stand in one another; linear, and rather too deep than too flat."""
    depth = deepest = 0
    for match in _TAG.finditer(markup):
        if match[2].lower() not in _UNCLOSED:
            depth = max(0, depth + (-1 if match[1] else 1))
            deepest = max(deepest, depth)
    return deepest


class _Text(HTMLParser):
    """Text out of HTML, a new line where a block begins or ends, quotations marked as in text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.silent = 0
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _BLOCKS:
            self.end_line()
        elif tag in _CELLS and self.line:
            self.line.append(" ")
        self.quoted += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))
        if tag in _BLOCKS:
            self.end_line()
        self.quoted = max(0, self.quoted - (tag == "blockquote"))

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.line.append(re.sub(r"\s+", " ", data))

    def end_line(self) -> None:
        """What was read so far is a line."""
        said = "".join(self.line).replace("\xa0", " ").strip()
        self.lines.append(f"> {said}" if self.quoted and said else said)
        self.line.clear()


def html_text(markup: str) -> str:
    """The text of an HTML body; no tag is left."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    reader.end_line()
    return _RUNS.sub("\n\n", body_text("\n".join(reader.lines))).strip()
