"""No service holds another's address or database (architecture 5)."""

import itertools
from pathlib import Path

import pytest

from reglament_local.addresses import own_addresses
from reglament_local.places import CHECKOUT
from reglament_local.secrets_file import DATABASES
from reglament_local.services import environ_of
from reglament_local.stack import Stack, stack_from


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return stack_from({"REGLAMENT_RUN": str(tmp_path)})


def environs(stack: Stack, **environ: str) -> dict[str, dict[str, str]]:
    addresses = own_addresses(stack)
    return {name: environ_of(stack, name, addresses, environ) for name in DATABASES}


def test_no_service_is_told_anothers_database_password_or_address(stack: Stack) -> None:
    told = environs(stack, INTAKE_OTLP_ENDPOINT="x", SLA_CLOCK_LOG_LEVEL="debug", OTHER="1")
    for one, another in itertools.permutations(DATABASES, 2):
        values = " ".join(told[one].values())
        assert stack.secrets[f"database_{another}"] not in values
        assert str(stack.ports[f"{another.upper()}_PORT"]) not in values
        assert not any(name.startswith(f"{another.upper()}_") for name in told[one])


def test_what_a_user_sets_for_a_service_wins(stack: Stack) -> None:
    told = environs(stack, SLA_CLOCK_LOG_LEVEL="debug", SLA_CLOCK_SHUTDOWN_SECONDS="1")
    assert told["sla_clock"]["SLA_CLOCK_LOG_LEVEL"] == "debug"
    assert told["sla_clock"]["SLA_CLOCK_SHUTDOWN_SECONDS"] == "1"


def test_a_database_in_the_environment_is_not_used_unless_external(stack: Stack) -> None:
    told = environs(stack, INTAKE_DATABASE="postgresql://elsewhere/x")
    assert told["intake"]["INTAKE_DATABASE"] == stack.postgres.dsn("intake")


def test_all_four_are_told_where_traces_go(stack: Stack) -> None:
    told = environs(stack, OTLP_ENDPOINT="http://127.0.0.1:4318")
    for name in DATABASES:
        assert told[name][f"{name.upper()}_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"


def test_only_intake_has_the_mailboxes_secrets(stack: Stack) -> None:
    told = environs(stack)
    holders = [name for name in DATABASES if stack.secrets["mailbox"] in told[name].values()]
    assert holders == ["intake"]
    policies = list((CHECKOUT / "policies").glob("*.yaml"))
    assert len([name for name in told["intake"] if name.endswith("_MAILBOX")]) > len(policies)


def test_one_secret_and_one_admin_key_for_all_four(stack: Stack) -> None:
    told = environs(stack)
    for field in ("SECRET", "ADMIN_KEY"):
        assert len({told[name][f"{name.upper()}_{field}"] for name in DATABASES}) == 1
