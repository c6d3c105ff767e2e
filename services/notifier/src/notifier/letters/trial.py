"""A letter of a desk as it would look: about a request that there is not, under number zero."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from notifier.letters.desk import of_desk, own_texts, sender_name, wording
from notifier.letters.message import Addressed, build, wire_address
from notifier.letters.rendering import Rendered, Renderer
from notifier.transports.signing import Signer
from reglament.mail.message_ids import message_id
from reglament.policy.letters import LetterName
from reglament.policy.model import Policy

TEMPLATES: tuple[str, ...] = get_args(LetterName)
LINK = "https://example.org/faq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Which letter of which desk, in which language."""

    policy: Policy
    template: str
    locale: str

    @property
    def is_own(self) -> bool:
        """Whether the desk has worded it itself."""
        return self.locale in own_texts(self.policy, self.template)

    @property
    def sender_name(self) -> str:
        """Who writes."""
        return sender_name(self.policy, self.locale)

    def rendered(self, renderer: Renderer, now: datetime) -> Rendered:
        """The letter about the sample request."""
        values = _values(renderer, self, now) | of_desk(renderer, self.policy, self.locale)
        return renderer.render(wording(self.policy, self.template, self.locale), values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLetter:
    """A trial on its way to somebody. ticket: an id that no ticket has."""

    trial: Trial
    ticket: str
    mailbox: str
    recipient: str
    now: datetime

    def wire(self, rendered: Rendered, secret: str, signer: Signer) -> tuple[str, bytes]:
        """Its Message-ID and the bytes. Raises AddressError, ValueError."""
        domain = self.mailbox.rpartition("@")[2]
        effect = f"trial-{self.trial.template}"
        identifier = message_id(secret, ticket=self.ticket, effect=effect, domain=domain)
        message = build(
            Addressed(
                sender=self.mailbox,
                sender_name=self.trial.sender_name,
                recipient=self.recipient,
                recipient_name="",
                message_id=identifier,
                at=self.now,
                automatic="auto-generated",
            ),
            rendered,
        )
        return identifier, signer.sign(message.as_bytes(), wire_address(self.mailbox))


def _values(renderer: Renderer, trial: Trial, now: datetime) -> dict[str, Any]:
    policy, words = trial.policy, renderer.words[trial.locale]
    number = policy.number.format(sequence=0)
    reasons = (*policy.reasons.deferral, *policy.reasons.schedule, "information_missing")
    levels = [level.name for level in policy.levels]
    return {
        "number": number,
        "related": number if trial.template in {"merged", "maybe_related"} else None,
        **{key: words.say("samples", key) for key in ("name", "subject", "text")},
        "portal": LINK if "portal" in policy.notifications.hints else None,
        "violations": [
            {"rule": "field-missing", "field": "fields.version"},
            {"rule": "screenshot-missing", "field": "attachments"},
        ],
        "items": ["version", "conditions"],
        "links": [LINK],
        "reason": reasons[0],
        "status": "in_progress",
        "due_at": (now + timedelta(days=2)).isoformat(),
        "previous_due_at": (now + timedelta(days=1)).isoformat(),
        "until": (now + timedelta(days=2)).isoformat(),
        "priority": policy.priorities.levels[0],
        "previous": policy.priorities.default,
        "from_level": levels[0],
        "to_level": levels[-1],
        "metric": "first_response",
        "step": "breached",
    }
