"""The desk's register: which customer asks, under which contract; and whether they asked before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from intake.domain.facts import Entitlement
from intake.domain.rules import values
from intake.office.incoming import Incoming, Sender
from reglament.errors import Refused, Violation
from reglament.events.administration import Contract
from reglament.gathering import Gathering
from reglament.kept_plans import keys
from reglament.mail.addresses import mailbox_key
from reglament.policy.durations import elapsed_seconds
from reglament.policy.model import Entitlement as Entitled
from reglament.policy.model import Policy
from reglament.projections import Row

# One round trip for both questions of all requests that wait at one time.
LOOK_UP = f"""
SELECT
    (SELECT jsonb_agg(jsonb_build_object(
        'customer', c.customer, 'name', c.name, 'inn', c.inn,
        'emails', c.emails, 'contracts', c.contracts))::text
     FROM customers_v1 c
     WHERE c.desk = q.desk AND (c.customer = q.customer
        OR lower(c.name COLLATE pg_c_utf8) = lower(q.customer COLLATE pg_c_utf8)
        OR c.inn = q.inn OR c.emails @> jsonb_build_array(q.email))
    ) AS customers,
    (SELECT f.ticket FROM request_fingerprints f JOIN ticket_view_v1 t ON t.key = f.ticket
     WHERE f.desk = q.desk AND f.fingerprint = q.fingerprint AND f.at > q.since AND f.at < q.until
       AND t.status NOT IN ('refused', 'merged') ORDER BY f.at LIMIT 1
    ) AS duplicate,
    (SELECT coalesce(max(nth), 0) FROM request_fingerprints f
     WHERE f.desk = q.desk AND f.fingerprint = q.fingerprint
    ) AS times
FROM unnest({keys(1, "text")}, $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[], $7::timestamptz[])
    WITH ORDINALITY AS q(desk, customer, inn, email, fingerprint, since, until, place)
ORDER BY place
"""  # noqa: S608


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the register."""

    customer: str
    name: str = ""
    inn: str | None
    emails: tuple[str, ...]
    contracts: tuple[Contract, ...]


_CUSTOMERS = msgspec.json.Decoder(tuple[Customer, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the register says. duplicate_of: the ticket that the same request made before, or
    made just now, dated later, by another way; times: how often it made one, ever.
    """

    entitlement: Entitlement
    duplicate_of: str | None = None
    times: int = 0


class Register:
    """Reading the read models `customers` and `request_fingerprints`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """The pool of intake's own database."""
        self._pool = pool
        self._asked = Gathering(self._answer)

    async def look_up(self, policy: Policy, incoming: Incoming, fingerprint: str | None) -> Known:
        """Who asks, by what the policy goes by, on the day of arrival."""
        sender = incoming.sender
        window = elapsed_seconds(policy.duplicates.window) if policy.duplicates else 0
        row = await self._asked.ask(
            (
                policy.desk,
                customer_of(policy, incoming),
                inn_of(policy, incoming),
                mailbox_key(sender.email),
                fingerprint,
                incoming.at - timedelta(seconds=window),
                incoming.at + timedelta(seconds=window),
            )
        )
        customers = _CUSTOMERS.decode(row["customers"]) if row["customers"] else ()
        entitlement = entitlement_of(policy, incoming, customers)
        return Known(entitlement=entitlement, duplicate_of=row["duplicate"], times=row["times"])

    async def _answer(self, questions: Sequence[tuple[object, ...]]) -> Sequence[Any]:
        found: Sequence[Any] = await self._pool.fetch(LOOK_UP, *zip(*questions, strict=True))
        return found


async def entitlement_again(
    register: Register, policy: Policy, row: Row, customer: str | None, at: datetime
) -> Entitlement:
    """Of a ticket that is there: for the customer named, else its own. Raises Refused.

    An agent who names a customer vouches for the sender's address (WIS-11).
    """
    named = customer or row["customer"]
    sender = Sender(email="", customer=named)
    by_name = policy.model_copy(update={"entitlement": Entitled(by=("customer",))})
    incoming = Incoming(channel=row["channel"], at=at, sender=sender)
    found = (await register.look_up(by_name, incoming, None)).entitlement
    if customer is not None and found.customer is None:
        raise Refused([Violation(rule="customer-unknown", field="customer", detail=customer)])
    return replace(found, customer=named, on_register=True)


async def identified_by(
    register: Register, policy: Policy, row: Row, told: tuple[Mapping[str, object], Sender]
) -> Entitlement | None:
    """Whom the fields that were given name, by the contract of the day when the ticket arrived;
    None: nobody on the register. told: the fields, and who gave them.
    """
    fields, sender = told
    at = datetime.fromisoformat(row["arrived_at"])
    incoming = Incoming(channel=row["channel"], at=at, sender=sender, fields=fields)
    if not is_named(policy, incoming):
        return None
    found = (await register.look_up(policy, incoming, None)).entitlement
    return None if found.customer is None else found


def is_named(policy: Policy, incoming: Incoming) -> bool:
    """Whether it says something that the policy finds a customer by, besides its address."""
    said = {"customer": customer_of(policy, incoming), "inn": inn_of(policy, incoming)}
    return any(value and by in policy.entitlement.by for by, value in said.items())


def customer_of(policy: Policy, incoming: Incoming) -> str | None:
    """The customer whom the request names, by number or name."""
    named = (
        values.text(incoming.fields.get(name))
        for name, rule in policy.request.fields.items()
        if rule.type == "customer"
    )
    return incoming.sender.customer or next((value for value in named if value), None)


def inn_of(policy: Policy, incoming: Incoming) -> str | None:
    """The INN that the request gives, where it is a right one."""
    for name, rule in policy.request.fields.items():
        value = values.text(incoming.fields.get(name))
        if rule.type == "inn" and values.is_inn(value):
            return value
    return None


def entitlement_of(
    policy: Policy, incoming: Incoming, customers: Sequence[Customer]
) -> Entitlement:
    """The facts for the rules. Pure; `customers` are those that match by anything."""
    email, inn = mailbox_key(incoming.sender.email), inn_of(policy, incoming)
    found = {
        "customer": _of_that_name(customers, customer_of(policy, incoming)),
        "inn": [each for each in customers if inn and each.inn == inn],
        "email": [each for each in customers if email in each.emails],
    }
    customer = next((found[by][0] for by in policy.entitlement.by if found[by]), None)
    if customer is None:
        is_known = is_named(policy, incoming)
        return Entitlement(is_named=is_known, authenticated=incoming.sender.authenticated)
    contract = _in_force(customer, incoming.at, policy.time_zone)
    return Entitlement(
        customer=customer.customer,
        contract=contract.number if contract else None,
        had_contract=bool(customer.contracts),
        level=contract.level if contract else None,
        targets=contract.targets if contract else (),
        on_register=email in customer.emails,
        authenticated=incoming.sender.authenticated,
    )


def _of_that_name(customers: Sequence[Customer], named: str | None) -> list[Customer]:
    """By number, else by name, where only one is called so."""
    if not named:
        return []
    numbered = [each for each in customers if each.customer == named]
    called = [each for each in customers if each.name.casefold() == named.casefold()]
    return numbered or (called if len(called) == 1 else [])


def _in_force(customer: Customer, at: datetime, time_zone: str) -> Contract | None:
    """The contract of the local day of arrival, both ends included; the one that lasts longest."""
    day: date = at.astimezone(ZoneInfo(time_zone)).date()
    valid = [each for each in customer.contracts if each.from_day <= day <= each.until_day]
    return max(valid, key=lambda each: each.until_day, default=None)
