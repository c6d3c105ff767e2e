"""EXTERNAL=1 takes every address from the environment, and tells all that is missing."""

import pytest

from reglament_local.addresses import external_addresses, place_of
from reglament_local.errors import StackError

GIVEN = {
    "INTAKE_DATABASE": "postgresql://i:p@db/intake",
    "SLA_CLOCK_DATABASE": "postgresql://s:p@db/sla_clock",
    "ESCALATION_DATABASE": "postgresql://e:p@db/escalation",
    "NOTIFIER_DATABASE": "postgresql://n:p@db/notifier",
    "REGLAMENT_KAFKA": "kafka:9092",
    "REGLAMENT_SMTP": "mail:25",
    "REGLAMENT_IMAP": "mail:143",
}


def test_each_service_gets_the_database_named_for_it() -> None:
    addresses = external_addresses(GIVEN)
    assert addresses.databases["sla_clock"] == GIVEN["SLA_CLOCK_DATABASE"]
    assert (addresses.kafka, addresses.smtp, addresses.imap) == (
        "kafka:9092",
        "mail:25",
        "mail:143",
    )


def test_everything_missing_is_told_at_once() -> None:
    given = {name: value for name, value in GIVEN.items() if "_SMTP" not in name}
    del given["NOTIFIER_DATABASE"]
    with pytest.raises(StackError) as caught:
        external_addresses(given)
    assert "NOTIFIER_DATABASE, REGLAMENT_SMTP" in caught.value.what


def test_a_database_is_told_apart_without_its_password() -> None:
    assert place_of("postgresql://u:secret@h:5433/intake") == "h:5433/intake"
