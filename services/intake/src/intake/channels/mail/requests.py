"""A letter as a request: what the desk's rules will judge. Pure."""

import hashlib
import re
from datetime import datetime

from intake.channels.mail.classify import Verdict
from intake.channels.mail.fields import LetterFields, read_fields
from intake.channels.mail.letter import LetterFile, ParsedLetter
from intake.office.incoming import Incoming, Information, Sender
from intake.personal_data import Upload
from reglament.mail.subjects import number_pattern, strip_prefixes
from reglament.policy.model import Policy

LOCALES = ("ru", "en", "fr")
_EMPTY_BRACKETS = re.compile(r"[\[(]\s*[\])]")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)


def as_incoming(
    letter: ParsedLetter, verdict: Verdict, policy: Policy, at: datetime, related: str | None
) -> Incoming:
    """A new request. `at`: when our mail server took the letter; related: maybe that ticket."""
    found = read_fields(letter.fresh, policy)
    return Incoming(
        channel="email",
        at=at,
        sender=_sender(letter, verdict, found),
        subject=strip_prefixes(letter.subject),
        description=letter.fresh,
        fields=found.values,
        priority=found.priority,
        category=found.category,
        cause=found.cause,
        files=uploads(letter),
        message_id=letter.message_id,
        maybe_related=related,
    )


def as_information(letter: ParsedLetter, policy: Policy, at: datetime) -> Information:
    """A reply to a returned request: what it adds."""
    found = read_fields(letter.fresh, policy)
    subject = _without_number(letter.subject, policy)
    return Information(
        at=at,
        fields=found.values,
        body=letter.fresh,
        files=uploads(letter),
        subject=subject or None,
        priority=found.priority,
        category=found.category,
        cause=found.cause,
        phone=found.phone,
        message_id=letter.message_id,
    )


def _without_number(subject: str, policy: Policy) -> str:
    """The client's words: the number that our letter put before them describes nothing (MIC-07)."""
    bare = number_pattern(policy.number).sub("", strip_prefixes(subject))
    return strip_prefixes(_EMPTY_BRACKETS.sub("", bare).strip())


def _sender(letter: ParsedLetter, verdict: Verdict, found: LetterFields) -> Sender:
    return Sender(
        email=letter.sender or "",
        name=letter.sender_name,
        phone=found.phone,
        locale=locale_of(letter),
        authenticated=verdict.authenticated,
    )


def locale_of(letter: ParsedLetter) -> str | None:
    """The letter's language: as it says, or Russian by its script; None where nothing tells."""
    said = (letter.language or "").split("-")[0].split(",")[0].strip()
    if said in LOCALES:
        return said
    text = f"{letter.subject} {letter.fresh}"[:5000]
    return "ru" if len(_CYRILLIC.findall(text)) > len(_LATIN.findall(text)) else None


def uploads(letter: ParsedLetter) -> tuple[Upload, ...]:
    """The attachments, each once, by content."""
    found = {upload.id: upload for upload in map(_upload, letter.attachments)}
    return tuple(found.values())


def _upload(file: LetterFile) -> Upload:
    return Upload(
        id=hashlib.sha256(file.content).hexdigest(),
        name=file.name,
        content_type=file.declared_type,
        format=file.format,
        packed=frozenset(file.packed),
        content=file.content,
    )
