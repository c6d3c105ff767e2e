"""A claimed letter -> the message to send, or why there is none (yet)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifier.domain.delivery import limit
from notifier.domain.ticket import Ticket
from notifier.letters.desk import of_desk, sender_name, wording
from notifier.letters.message import Addressed, build, wire_address
from notifier.letters.rendering import Renderer, one_line
from notifier.projections import letters as rows
from notifier.projections.material import Contact, Found, Materials
from notifier.transports.signing import Signer
from reglament.http.tokens import portal_token
from reglament.ids import pseudonym
from reglament.mail.addresses import AddressError, checked_spec
from reglament.mail.message_ids import reply_address
from reglament.policy.model import Policy
from reglament.wording import chosen_locale

PORTAL_LINK = timedelta(days=180)


class Missing(Exception):
    """The contact or a text has not arrived: the letter waits, never the partition."""


class Suppressed(Exception):
    """It is not to be sent; the code says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Ready for SMTP."""

    wire: bytes
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a letter is made of.

    recipient: the address, in ASCII; address_hash: by which letters to one address are counted.
    """

    due: rows.Due
    recipient: str
    address_hash: str
    policy: Policy
    contact: Contact
    subject: str
    text: str
    files: tuple[str, ...]
    number: str
    callback: bool
    heard: tuple[str, ...]
    first: str | None
    related: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """front: the origin for people; own: addresses of all desks, which are never written to."""

    materials: Materials
    renderer: Renderer
    secret: str
    front: str
    policy_of: Callable[[str, int], Policy]
    own: Callable[[], frozenset[str]]
    signer: Signer
    signed_reply_to: bool = False

    async def gather(self, due: rows.Due, now: datetime) -> Material:
        """What it is made of. Raises Missing, Suppressed, NotYet (policy), AddressError."""
        policy = self.policy_of(due.desk, due.policy_version)
        found = await self.materials.of(due)
        contact = _reached(found.contact)
        recipient = checked_spec(contact.email)
        if recipient.casefold() in self.own():
            raise Suppressed("own-address")
        address_hash = pseudonym(self.secret, "letters-to", due.desk, recipient.casefold())
        await self._within_limit(due, policy, address_hash, now)
        made = _made(due, found)
        return Material(
            policy=policy,
            contact=contact,
            recipient=wire_address(recipient),
            address_hash=address_hash,
            **made,
        )

    def write(self, material: Material, now: datetime) -> Composed:
        """The letter, signed. Raises AddressError, Suppressed."""
        message = self._message(material, now)
        sender = wire_address(_mailbox(material.policy))
        return Composed(wire=self.signer.sign(message.as_bytes(), sender), sender=sender)

    async def _within_limit(
        self, due: rows.Due, policy: Policy, address_hash: str, now: datetime
    ) -> None:
        """Semantics 21: an engineer's own words are never held back."""
        if due.automatic is None or due.recipient_kind == "engineer":
            return
        most, window = limit(policy.notifications.limit_per_address)
        if await self.materials.sent_to(address_hash, now - window) >= most:
            raise Suppressed("limit-per-address")

    def _message(self, material: Material, now: datetime) -> Any:
        due, policy = material.due, material.policy
        locale = chosen_locale(material.contact.locale, policy.locale)
        rendered = self.renderer.render(
            wording(policy, due.template, locale), self._values(material, locale)
        )
        references = _references(material)
        mailbox = _mailbox(policy)
        return build(
            Addressed(
                sender=mailbox,
                sender_name=sender_name(policy, locale),
                recipient=material.recipient,
                recipient_name=material.contact.name,
                message_id=due.message_id,
                at=now,
                answers=due.answers or (references[-1] if references else None),
                references=references,
                automatic=due.automatic,
                reply_to=self._reply_to(due, mailbox),
            ),
            rendered,
        )

    def _values(self, material: Material, locale: str) -> dict[str, Any]:
        policy, due = material.policy, material.due
        return {
            "callback": material.callback,
            **due.values,
            "related": material.related,
            "name": material.contact.name,
            "number": material.number,
            "subject": material.subject,
            "text": material.text,
            "files": material.files,
            "portal": self._portal(due) if _is_shown_portal(material) else None,
            **of_desk(self.renderer, policy, locale),
        }

    def _portal(self, due: rows.Due) -> str:
        """The way to the ticket's page; its token opens this ticket only, to its requester.

        It stands behind the #, so that no server's log keeps it.
        """
        token = portal_token(self.secret, due.subject, due.recipient, due.created_at + PORTAL_LINK)
        return f"{self.front}/portal/tickets/{due.subject}#token={token}"

    def _reply_to(self, due: rows.Due, mailbox: str) -> str | None:
        if not self.signed_reply_to or not due.is_ticket or due.recipient_kind == "engineer":
            return None
        return reply_address(self.secret, ticket=due.subject, mailbox=mailbox)


def _reached(contact: Contact | None) -> Contact:
    if contact is None:
        raise Missing("contact")
    if contact.erased:
        raise Suppressed("erased")
    if not contact.email:
        raise AddressError("none")
    return contact


def _made(due: rows.Due, found: Found) -> dict[str, Any]:
    """The fields of Material that say what stands in the letter."""
    if found.opening is None or found.content is None:
        raise Missing("content")
    if "erased" in found.content:
        raise Suppressed("erased")
    ticket = found.ticket
    is_requester = due.recipient_kind == "requester"
    return {
        "due": due,
        "subject": found.opening.get("subject") or "",
        "text": found.content.get("text") or "",
        "files": tuple(one_line(name) for name in found.content.get("files", ()) if name),
        "number": ticket.number if ticket else "",
        "callback": ticket.callback if ticket else False,
        "heard": ticket.heard if ticket and is_requester else (),
        "first": found.first if found.first != due.message_id else None,
        "related": _shown(due, ticket, found.related),
    }


def _shown(due: rows.Due, ticket: Ticket | None, related: Ticket | None) -> str | None:
    """The other ticket's number; to a client none of somebody else's."""
    if ticket is None or related is None:
        return None
    is_seen = ticket.requester == related.requester
    return related.number if is_seen or due.recipient_kind == "engineer" else None


def _is_shown_portal(material: Material) -> bool:
    """Where the desk wants it, and where there is something to fetch."""
    due = material.due
    is_requesters = due.is_ticket and due.recipient_kind == "requester"
    is_hinted = "portal" in material.policy.notifications.hints
    return is_requesters and (is_hinted or bool(material.files))


def _references(material: Material) -> tuple[str, ...]:
    """The thread: the requester's first letter, our first, then the requester's later ones."""
    heard = material.heard
    ours = (material.first,) if material.first else ()
    answered = (material.due.answers,) if material.due.answers else ()
    thread = (*heard[:1], *ours, *heard[1:], *answered)
    return tuple(dict.fromkeys(thread))


def _mailbox(policy: Policy) -> str:
    """Letters are only made for desks that have one (see reactors)."""
    if policy.mailbox is None:
        raise Suppressed("desk-without-mailbox")
    return policy.mailbox.address
