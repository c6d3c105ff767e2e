"""Every stored letter gets its outcome: exactly one, by a rule that can be named (semantics 22)."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from intake.channels.mail.classify import Ourselves, Verdict, classify
from intake.channels.mail.envelope import with_envelope
from intake.channels.mail.finding import Found, find
from intake.channels.mail.letter import DeliveryReport, ParsedLetter
from intake.channels.mail.openings import open_request, refuse
from intake.channels.mail.posting import SYSTEM, Post, Reading, carry_out
from intake.channels.mail.reader import LetterReader
from intake.channels.mail.replies import reply
from intake.domain.commands import ReportDelivery, TicketCommand
from intake.domain.phases import KIND as STATUS_CONFLICT
from intake.domain.ticket import Ticket
from intake.letters.copies import Named
from intake.letters.senders import rate, writes_too_much
from intake.letters.store import ATTEMPT_LIMIT, Decision, StoredLetter
from intake.office.registration import stream_of
from reglament import metrics
from reglament.command_handler import Submission
from reglament.errors import Conflict, NotFound, NotYet, Refused, Unavailable
from reglament.failpoints import failpoint
from reglament.mail.message_ids import own_message_id
from reglament.projections import Row

REST_OF_SECOND = timedelta(microseconds=999_999)
IDLE_SECONDS = 2.0
RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class LetterWork:
    """Works letters off, one at a time, in the order in which they came."""

    def __init__(
        self, post: Post, reader: LetterReader, ourselves: Callable[[], Ourselves]
    ) -> None:
        """ourselves: asked anew for each letter, as desks come while running."""
        self._post = post
        self._reader = reader
        self._ourselves = ourselves
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """A letter was stored: do not wait for the next look."""
        self._awake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop."""
        try:
            while not stopping.is_set():
                self._awake.clear()
                if await self.one():
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), IDLE_SECONDS)
        finally:
            await self._reader.close()

    async def one(self) -> bool:
        """The next letter; False: there is none."""
        stored = await self._post.letters.claim()
        if stored is None:
            return False
        await failpoint("mail.after_claim")
        try:
            with self._post.tracing.span("process letter", attributes=_said(stored)):
                await self.settle(stored)
                await self._count(stored)
        except (Conflict, NotFound, NotYet, Unavailable) as fault:
            _log.info("letter_waits", letter=stored.id, fault=str(fault))
            await self._post.letters.postpone(stored.id, RETRY_SECONDS)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the letter is kept and shown
            _log.exception("letter_failed", letter=stored.id, attempts=stored.attempts)
            await self._failed(stored, fault)
        return True

    async def _count(self, stored: StoredLetter) -> None:
        found = await self._post.letters.outcome_of(stored.id)
        if found is not None:
            outcome, seconds = found
            metrics.LETTERS.labels(stored.desk, outcome).inc()
            metrics.LETTER_DURATION.observe(seconds, metrics.exemplar())

    async def _failed(self, stored: StoredLetter, fault: Exception) -> None:
        """Tried again, ever later; in the end kept for an admin rather than tried for ever."""
        if stored.attempts < ATTEMPT_LIMIT:
            await self._post.letters.postpone(stored.id, RETRY_SECONDS * 2**stored.attempts)
            return
        rule = f"failed-{type(fault).__name__}"
        await self._decide(stored, Decision(outcome="quarantined", rule=rule))

    async def _decide(self, stored: StoredLetter, decision: Decision) -> None:
        await self._post.letters.decide(stored.id, decision, self._post.now())

    async def settle(self, stored: StoredLetter) -> None:
        """Read the letter and end it. Raises Conflict, NotFound, NotYet, Unavailable: try again."""
        outcome = await self._reader.read(stored.raw)
        letter = outcome.letter
        if letter is None:
            rule = outcome.unreadable or "unreadable"
            await self._decide(stored, Decision(outcome="quarantined", rule=rule))
            return
        letter = with_envelope(letter, stored)
        sender = self._requester(stored, letter) if letter.sender else None
        name = Named(message_id=letter.message_id, digest=letter.digest, requester=sender)
        earlier = await self._post.letters.identify(stored.id, name)
        verdict = classify(letter, self._ourselves())
        if stored.is_released and verdict.kind == "quarantined" and letter.sender is not None:
            verdict = Verdict(kind="request", rule="released", authenticated=False)
        is_copy = verdict.kind == "request" and not stored.is_released
        if earlier is not None and (is_copy or earlier.is_erased):
            ticket = await self._post.letters.ticket_of(earlier.id)
            copy = Decision(outcome="duplicate", rule="same-letter", ticket=ticket)
            await self._decide(stored, copy)
            return
        await self._settle(stored, letter, verdict)

    async def _settle(self, stored: StoredLetter, letter: ParsedLetter, verdict: Verdict) -> None:
        requester = self._requester(stored, letter)
        at = min(_latest(stored.received_at), self._post.now())
        reading = Reading(stored=stored, letter=letter, verdict=verdict, requester=requester, at=at)
        match verdict.kind:
            case "report":
                await self._report(reading, letter.report or DeliveryReport(status="failed"))
            case "request":
                await self._request(reading)
            case kind:
                await self._decide(stored, Decision(outcome=kind, rule=verdict.rule))

    def _requester(self, stored: StoredLetter, letter: ParsedLetter) -> str:
        return self._post.office.requester_of(stored.desk, letter.sender or "")

    async def _request(self, reading: Reading) -> None:
        found = await find(self._post, reading)
        if held := await self._held(reading, found):
            await self._decide(reading.stored, Decision(outcome="quarantined", rule=held))
            return
        if found.row is None:
            await open_request(self._post, reading, found.related)
            return
        try:
            await reply(self._post, reading, found)
        except Refused as refusal:
            if refusal.kind == STATUS_CONFLICT:
                await open_request(self._post, reading, found.row["key"])
            else:
                await refuse(self._post, reading, refusal)

    async def _held(self, reading: Reading, found: Found) -> str | None:
        """Why the letter is kept for an admin, by whose hand it then goes on."""
        if reading.stored.is_released:
            return None
        if found.is_unproven:
            return "engineer-unproven"
        mailbox = self._post.office.newest(reading.stored.desk).policy.mailbox
        if found.engineer is not None or mailbox is None:
            return None
        limit = rate(mailbox.limit_per_sender)
        if await writes_too_much(self._post.letters.pool, reading.written, limit):
            return "too-many-letters"
        return None

    async def _report(self, reading: Reading, report: DeliveryReport) -> None:
        """What became of a letter of ours; the newest of ours that the report quotes."""
        secret = self._post.doors.secret
        ours = [(value, own_message_id(secret, value)) for value in report.message_ids]
        for message_id, own in ours:
            row = await self._post.queries.ticket(own.ticket) if own else None
            if row is None or row["desk"] != reading.stored.desk:
                continue
            await self._reported(reading, report, row, message_id)
            return
        decision = Decision(outcome="report", rule="report-unmatched")
        await self._decide(reading.stored, decision)

    async def _reported(
        self, reading: Reading, report: DeliveryReport, row: Row, message_id: str
    ) -> None:
        rule = "complaint" if report.is_complaint else report.status
        decision = Decision(outcome="report", rule=rule, ticket=row["key"])
        if report.is_complaint:
            await self._decide(reading.stored, decision)
            return
        command = ReportDelivery(
            at=reading.at,
            actor=SYSTEM,
            message_id=message_id,
            status=report.status,
            code=report.code,
        )
        told: Submission[TicketCommand, Ticket] = Submission(
            stream=stream_of(row["key"]),
            subject=row["key"],
            desk=reading.stored.desk,
            command=command,
            decider_for=self._post.office.decider_for(reading.stored.desk),
            context=reading.how(self._post.now()).context,
        )
        await carry_out(self._post, reading, told, lambda _: decision)


def _said(stored: StoredLetter) -> dict[str, str]:
    """Of a letter, on its span: never whose it is, or what it says."""
    return {"reglament.letter": stored.id, "reglament.desk": stored.desk}


def _latest(received_at: datetime) -> datetime:
    """IMAP cuts its dates to the second; a reply may not seem older than what it answers."""
    return received_at if received_at.microsecond else received_at + REST_OF_SECOND
