"""A claimed letter -> the message to send, or why there is none (yet)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifier.domain.delivery import limit
from notifier.letters.desk import of_desk, sender_name, wording
from notifier.letters.message import Addressed, build, wire_address
from notifier.letters.rendering import Renderer, one_line
from notifier.projections import letters as rows
from notifier.projections.personal_data import Contact, load_contact, load_parts
from notifier.projections.tickets import TicketRow, load_tickets
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
    """Ready for SMTP. address_hash: by which letters to one address are counted."""

    wire: bytes
    sender: str
    recipient: str
    address_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a letter is made of."""

    due: rows.Due
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

    renderer: Renderer
    secret: str
    front: str
    policy_of: Callable[[str, int], Policy]
    own: Callable[[], frozenset[str]]
    signer: Signer
    signed_reply_to: bool = False

    async def compose(self, connection: Any, due: rows.Due, now: datetime) -> Composed:
        """The message. Raises Missing, Suppressed, NotYet (policy), AddressError."""
        policy = self.policy_of(due.desk, due.policy_version)
        contact = await self._contact(connection, due)
        recipient = checked_spec(contact.email)
        if recipient.casefold() in self.own():
            raise Suppressed("own-address")
        address_hash = pseudonym(self.secret, "letters-to", due.desk, recipient.casefold())
        await self._within_limit(connection, due, policy, address_hash, now)
        material = await self._material(connection, due, policy, contact)
        message = self._message(material, recipient, now)
        sender = wire_address(_mailbox(policy))
        return Composed(
            wire=self.signer.sign(message.as_bytes(), sender),
            sender=sender,
            recipient=wire_address(recipient),
            address_hash=address_hash,
        )

    async def _contact(self, connection: Any, due: rows.Due) -> Contact:
        contact = await load_contact(connection, due.recipient_kind, due.recipient)
        if contact is None:
            raise Missing("contact")
        if contact.erased:
            raise Suppressed("erased")
        if not contact.email:
            raise AddressError("none")
        return contact

    async def _within_limit(
        self,
        connection: Any,
        due: rows.Due,
        policy: Policy,
        address_hash: str,
        now: datetime,
    ) -> None:
        """Semantics 21: an engineer's own words are never held back."""
        if due.automatic is None or due.recipient_kind == "engineer":
            return
        most, window = limit(policy.notifications.limit_per_address)
        if await connection.fetchval(rows.SENT_TO, address_hash, now - window) >= most:
            raise Suppressed("limit-per-address")

    async def _material(
        self, connection: Any, due: rows.Due, policy: Policy, contact: Contact
    ) -> Material:
        opening = await load_parts(connection, due.subject_content, None)
        parts = await load_parts(connection, due.content, due.content_version)
        if opening is None or parts is None:
            raise Missing("content")
        if "erased" in parts:
            raise Suppressed("erased")
        tickets = await load_tickets(connection, [due.subject, due.values.get("related") or ""])
        row = tickets.get(due.subject)
        related = tickets.get(due.values.get("related") or "")
        first = await connection.fetchval(
            rows.FIRST, due.subject, due.recipient_kind, due.recipient
        )
        is_requester = due.recipient_kind == "requester"
        return Material(
            due=due,
            policy=policy,
            contact=contact,
            subject=opening.get("subject") or "",
            text=parts.get("text") or "",
            files=tuple(one_line(name) for name in parts.get("files", ()) if name),
            number=row.ticket.number if row else "",
            callback=row.ticket.callback if row else False,
            heard=row.ticket.heard if row and is_requester else (),
            first=first if first != due.message_id else None,
            related=_shown(due, row, related),
        )

    def _message(self, material: Material, recipient: str, now: datetime) -> Any:
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
                recipient=recipient,
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


def _shown(due: rows.Due, row: TicketRow | None, related: TicketRow | None) -> str | None:
    """The other ticket's number; to a client none of somebody else's."""
    if row is None or related is None:
        return None
    is_seen = row.ticket.requester == related.ticket.requester
    return related.ticket.number if is_seen or due.recipient_kind == "engineer" else None


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
