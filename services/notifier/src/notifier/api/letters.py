"""A desk's letters looked at before clients get them: shown, and sent to a colleague for a try."""

import math
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from starlette.exceptions import HTTPException

from notifier.api.schemas import DeskPath, LettersGiven, LetterTried, LetterTry, PreviewGiven
from notifier.letters.desk import own_texts
from notifier.letters.message import wire_address
from notifier.letters.rendering import Renderer
from notifier.letters.trial import TEMPLATES, Trial, TrialLetter
from notifier.transports.signing import Signer
from notifier.transports.smtp import Smtp, Undelivered
from reglament.clock import now
from reglament.errors import NotFound, NotYet, Refused, Unavailable, Violation
from reglament.http.auth import AgentCaller
from reglament.http.idempotency import answer_json, respond
from reglament.http.limits import Rate, TokenBuckets
from reglament.ids import new_id
from reglament.mail.addresses import AddressError, checked_spec
from reglament.policy.letters import LetterName, Locale
from reglament.policy.model import Policy
from reglament.runtime import InProcess, Runtime

router = APIRouter(prefix="/v1/desks/{desk}/letters", tags=["letters"])
KEY = "letter-trials"
TRIES_AN_HOUR = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What letters are tried with; tries: how many a desk may send, so that none is a weapon."""

    renderer: Renderer
    smtp: Smtp
    signer: Signer
    secret: str
    tries: TokenBuckets


def trials_with(smtp: Smtp, signer: Signer, secret: str) -> Trials:
    """For the process; its routes find them under KEY."""
    rate = Rate(per_second=TRIES_AN_HOUR / 3600, burst=TRIES_AN_HOUR)
    return Trials(
        renderer=Renderer(), smtp=smtp, signer=signer, secret=secret, tries=TokenBuckets(rate)
    )


async def _policy(desk: DeskPath, caller: AgentCaller, runtime: InProcess) -> Policy:
    """The desk's newest. Raises Forbidden, NotFound."""
    caller.check_desk(desk)
    try:
        return runtime.policies.newest(desk).policy
    except NotYet as fault:
        raise NotFound("desk", desk) from fault


DeskPolicy = Annotated[Policy, Depends(_policy)]


@router.get("", response_model=LettersGiven)
async def read_letters(policy: DeskPolicy) -> Response:
    """Every letter that the desk may send, and the languages in which it has its own words."""
    items = [{"template": name, "own": sorted(own_texts(policy, name))} for name in TEMPLATES]
    return respond(answer_json({"items": items}))


@router.get("/{template}/preview", response_model=PreviewGiven)
async def preview(
    template: LetterName,
    policy: DeskPolicy,
    runtime: InProcess,
    locale: Annotated[Locale | None, Query()] = None,
) -> Response:
    """The letter as a client would get it, about a sample request under number zero."""
    trials: Trials = runtime.extras[KEY]
    trial = Trial(policy=policy, template=template, locale=locale or policy.locale)
    shown = trial.rendered(trials.renderer, now())
    document: dict[str, Any] = {
        "template": template,
        "locale": trial.locale,
        "own": trial.is_own,
        "from": trial.sender_name,
        "subject": shown.subject,
        "text": shown.text,
        "html": shown.html,
    }
    return respond(answer_json(document))


@router.post("/{template}/test", response_model=LetterTried)
async def try_out(
    template: LetterName, body: LetterTry, policy: DeskPolicy, runtime: InProcess
) -> Response:
    """Send it now, to see it in a mail program. The answer comes when the mail server took it."""
    trials: Trials = runtime.extras[KEY]
    recipient = _recipient(body.to, runtime)
    if policy.mailbox is None:
        raise Refused([Violation(rule="desk-without-mailbox", field="mailbox")])
    allowance = trials.tries.take(policy.desk.encode())
    if not allowance.allowed:
        headers = {"Retry-After": str(math.ceil(allowance.wait))}
        raise HTTPException(429, f"at most {TRIES_AN_HOUR} an hour", headers)
    trial = Trial(policy=policy, template=template, locale=body.locale or policy.locale)
    at = now()
    shown = trial.rendered(trials.renderer, at)
    letter = TrialLetter(
        trial=trial, ticket=new_id(), mailbox=policy.mailbox.address, recipient=recipient, now=at
    )
    identifier, wire = letter.wire(shown, trials.secret, trials.signer)
    await _send(trials.smtp, wire, wire_address(policy.mailbox.address), wire_address(recipient))
    return respond(
        answer_json({"message_id": identifier, "to": recipient, "subject": shown.subject})
    )


def _recipient(to: str, runtime: Runtime) -> str:
    """Raises Refused: no address, or a desk's own mailbox (semantics 21)."""
    try:
        recipient = checked_spec(to)
    except AddressError as fault:
        raise Refused([Violation(rule="email-malformed", field="to")]) from fault
    versions = runtime.policies.desks().values()
    mailboxes = (each.policy.mailbox for each in versions)
    if recipient.casefold() in {box.address.casefold() for box in mailboxes if box}:
        raise Refused([Violation(rule="own-address", field="to")])
    return recipient


async def _send(smtp: Smtp, wire: bytes, sender: str, recipient: str) -> None:
    try:
        await smtp.send(wire, sender, recipient)
    except Undelivered as fault:
        if fault.final:
            raise Refused([Violation(rule=fault.because, field="to")]) from fault
        raise Unavailable(fault.because) from fault
