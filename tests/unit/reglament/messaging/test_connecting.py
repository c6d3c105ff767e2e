"""What aiokafka's clients are told, and that all of ours are told it in the one way."""

import ast
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from reglament.messaging.connecting import Kafka
from reglament_local.places import CHECKOUT
from tests.support.certificates import certificates

CLIENTS = {client.__name__ for client in (AIOKafkaAdminClient, AIOKafkaConsumer, AIOKafkaProducer)}


def test_without_a_bundle_the_line_is_plain() -> None:
    assert Kafka(bootstrap="a:1,b:2").arguments() == {"bootstrap_servers": "a:1,b:2"}


def test_a_bundle_makes_it_tls_that_trusts_nobody_else(tmp_path: Path) -> None:
    said = Kafka(bootstrap="a:1", ca=certificates(tmp_path).ca).arguments()
    assert said["security_protocol"] == "SSL"
    assert said["ssl_context"].check_hostname
    assert len(said["ssl_context"].get_ca_certs()) == 1


def test_a_login_goes_by_scram_over_tls(tmp_path: Path) -> None:
    ca = certificates(tmp_path).ca
    kafka = Kafka(bootstrap="a:1", username="u", password=SecretStr("p"), ca=ca)
    said = kafka.arguments()
    assert (said["security_protocol"], said["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (said["sasl_plain_username"], said["sasl_plain_password"]) == ("u", "p")
    assert "'p'" not in repr(kafka)


async def test_a_kafka_that_is_away_refuses_nobody() -> None:
    assert await Kafka(bootstrap="127.0.0.1:1").refusal() is None


@pytest.mark.parametrize("folder", ["shared/src", "services"])
def test_every_client_is_connected_in_the_one_way(folder: str) -> None:
    for file in (CHECKOUT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CLIENTS:
                assert ".arguments()" in ast.unparse(node), f"{file}:{node.lineno}"
