"""What kind of letter this is, and may it be answered (semantics 21, 22). Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from intake.channels.mail.authentication import Authenticity, authenticity
from intake.channels.mail.letter import ParsedLetter
from intake.channels.mail.signals import AUTO_REPLY, BULK
from reglament.mail.message_ids import own_message_id

Kind = Literal["request", "report", "automatic", "quarantined"]
_DAEMONS = frozenset(("mailer-daemon", "mail-daemon", "mailerdaemon"))
# Followed by what an absence is followed by: a person may write about automatic answers, too.
_AUTOMATIC_SUBJECT = re.compile(
    r"[\[(]?(?:auto(?:matic|mated)?[ -]?(?:reply|response|responder|answer)|auto(?=\s?:\s?out)"
    r"|(?:i am |i'm )?(?:currently )?out of (?:the )?office(?: auto-?reply| reply| message)?|ooo"
    r"|(?:i am |i'm )?away from (?:the |my )?office|vacation (?:reply|message|notice)"
    r"|автоответ(?:чик)?|автоматический ответ|автоматичн\w{1,3} відповідь|вне офиса"
    r"|отсутств(?:ие|ую) (?:на (?:рабочем )?месте|в офисе)|abwesenheitsnotiz|abwesend"
    r"|automatische (?:antwort|abwesenheitsmeldung)|réponse automatique|message d.absence"
    r"|absen(?:ce|te?) du bureau|respuesta automática|risposta automatica|resposta automática"
    r"|automatisch antwoord|autosvar|odpowiedź automatyczna|自动回复|自動返信)"
    r"\s*(?:$|[\])]|[:(\uff1a]|[-\u2013\u2014]\s|(?:re|aw|fwd?)\s?:"
    r"|(?:from|until|till|to your|от|до|по|с|de|du|jusqu.au|von|bis)\b)"
    r"|(?:я |меня )?(?:сейчас )?(?:нет (?:на (?:рабочем )?месте|в офисе)|(?:нахожусь )?в отпуске)"
    r"(?: (?:до|по|с) [^:]{1,40})?\s?:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """What is ours: mailboxes and sending addresses (casefolded), authserv-ids, the secret."""

    addresses: frozenset[str]
    servers: frozenset[str]
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kind, the rule that decided, and whether anything may be sent automatically.

    authenticated: what our mail server says of the sender; None where it says nothing at all.
    """

    kind: Kind
    rule: str
    may_answer: bool = False
    authenticated: bool | None = False

    @property
    def is_authentic(self) -> bool:
        """WIS-12: where the mail server says how; a site without one has no better word."""
        return self.authenticated is not False


def classify(letter: ParsedLetter, ourselves: Ourselves) -> Verdict:
    """Report before automatic (a bounce is often both), then what cannot be trusted, then people.

    One sign of a list (any List-*, or Precedence) makes a request that is never answered: a client
    may write by way of one. Both together are a mailing's own letter: automatic.
    """
    if letter.report is not None:
        return Verdict(kind="report", rule="delivery-report")
    automatic = _automatic(letter, ourselves)
    if automatic is not None:
        return Verdict(kind="automatic", rule=automatic)
    untrusted = _untrusted(letter, ourselves)
    if untrusted is not None:
        return Verdict(kind="quarantined", rule=untrusted)
    signals = letter.signals
    is_listed = signals.listed or signals.precedence in BULK
    return Verdict(
        kind="request",
        rule="listed" if is_listed else "request",
        may_answer=not (is_listed or signals.suppress),
        authenticated=_authenticated(letter, ourselves),
    )


def _automatic(letter: ParsedLetter, ourselves: Ourselves) -> str | None:
    signals = letter.signals
    local, _, domain = (letter.sender or "").casefold().rpartition("@")
    own_sender = f"{local.partition('+')[0]}@{domain}" in ourselves.addresses
    own_id = own_message_id(ourselves.secret, letter.message_id or "") is not None
    rules = {
        "own-letter": own_sender or own_id,
        "loop": signals.loop,
        "auto-submitted": signals.auto_submitted not in (None, "", "no"),
        "read-receipt": signals.read_receipt,
        "calendar-reply": signals.calendar_reply,
        "mailing-list": signals.list_id and signals.precedence in BULK,
        "null-return-path": signals.return_path == "",
        "mail-daemon": local in _DAEMONS,
        "vacation": signals.vacation or signals.precedence in AUTO_REPLY or _is_absence(letter),
    }
    return next((rule for rule, holds in rules.items() if holds), None)


def _is_absence(letter: ParsedLetter) -> bool:
    subject = unicodedata.normalize("NFKC", letter.subject[:300])
    return _AUTOMATIC_SUBJECT.match(subject) is not None


def _untrusted(letter: ParsedLetter, ourselves: Ourselves) -> str | None:
    if letter.sender is None:
        return letter.sender_fault or "no-from"
    if "message/partial" in letter.signals.part_types:
        return "partial"
    if _is_cut(letter):
        return "truncated"
    if _authenticity(letter, ourselves) == "failed":
        return "authentication-failed"
    return None


def _is_cut(letter: ParsedLetter) -> bool:
    """Cut within its headers: a mail server may have ended it neatly, so only the lack tells."""
    has_body = bool(letter.text or letter.attachments or letter.html)
    is_nameless = letter.message_id is None and letter.date is None
    return is_nameless and not has_body and not letter.recipients


def _authenticated(letter: ParsedLetter, ourselves: Ourselves) -> bool | None:
    if not ourselves.servers:
        return None
    return _authenticity(letter, ourselves) == "passed"


def _authenticity(letter: ParsedLetter, ourselves: Ourselves) -> Authenticity:
    domain = (letter.sender or "").rpartition("@")[2]
    return authenticity(letter.authentication, ourselves.servers, domain)
