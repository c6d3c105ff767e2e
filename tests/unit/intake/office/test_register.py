"""Which customer asks, under which contract."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from intake.office.incoming import Incoming, Sender
from intake.office.register import Customer, entitlement_of
from reglament.events.administration import Contract
from tests.support.tickets import AT, desk

CONTRACT = Contract(
    number="42", from_day=date(2026, 1, 1), until_day=date(2026, 3, 31), level="gold"
)
ACME = Customer(
    customer="acme", inn="7707083893", emails=("ann@acme.example",), contracts=(CONTRACT,)
)
OTHER = Customer(customer="other", inn=None, emails=("bob@other.example",), contracts=())
INN = {"fields": {"inn": {"type": "inn"}}}


def incoming(email: str = "bob@other.example", **changes: Any) -> Incoming:
    values: dict[str, Any] = {"channel": "web", "at": AT, "sender": Sender(email=email)}
    return Incoming(**{**values, **changes})


def test_the_policy_says_by_what_the_customer_is_found_first() -> None:
    asks = incoming(fields={"inn": "7707083893"})
    by_inn = desk(request=INN, entitlement={"by": ["inn", "email"]})
    by_email = desk(request=INN, entitlement={"by": ["email", "inn"]})
    assert entitlement_of(by_inn, asks, (ACME, OTHER)).customer == "acme"
    assert entitlement_of(by_email, asks, (ACME, OTHER)).customer == "other"
    only_inn = desk(request=INN, entitlement={"by": ["inn"]})
    assert entitlement_of(only_inn, incoming(), (OTHER,)).customer is None


def test_an_address_counts_whatever_its_case() -> None:
    found = entitlement_of(desk(), incoming("Ann@ACME.example"), (ACME,))
    assert (found.customer, found.is_own_address) == ("acme", True)


@pytest.mark.parametrize(
    ("at", "contract"),
    [
        (datetime(2025, 12, 31, 20, 59, tzinfo=UTC), None),
        (datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "42"),
        (datetime(2026, 3, 31, 20, 59, tzinfo=UTC), "42"),
        (datetime(2026, 3, 31, 21, 0, tzinfo=UTC), None),
    ],
)
def test_a_contract_is_in_force_from_its_first_local_day_to_its_last(
    at: datetime, contract: str | None
) -> None:
    found = entitlement_of(desk(), incoming("ann@acme.example", at=at), (ACME,))
    assert (found.contract, found.had_contract) == (contract, True)
    assert found.level == ("gold" if contract else None)


CLIENT = {"fields": {"client": {"type": "customer"}}}


@pytest.mark.parametrize("said", ["acme", "Acme Tools", "ACME TOOLS"])
def test_a_request_names_its_customer_by_number_or_name(said: str) -> None:
    policy = desk(request=CLIENT, entitlement={"by": ["customer"]})
    named = msgspec.structs.replace(ACME, name="Acme Tools")
    found = entitlement_of(policy, incoming(fields={"client": said}), (OTHER, named))
    assert (found.customer, found.is_own_address) == ("acme", False)
    twice = msgspec.structs.replace(named, customer="acme-2")
    found = entitlement_of(policy, incoming(fields={"client": "Acme tools"}), (named, twice))
    assert (found.customer, found.is_named) == (None, True)
    by_email = desk(request=CLIENT, entitlement={"by": ["email"]})
    assert not entitlement_of(
        by_email, incoming("x@x.example", fields={"client": said}), ()
    ).is_named
