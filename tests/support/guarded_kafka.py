"""A Kafka as Strimzi runs it: TLS alone, SCRAM-SHA-512 users, and each may do what ACLs say."""

import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest
from pydantic import SecretStr

from reglament.messaging.connecting import Kafka
from reglament.messaging.provisioning import await_topics
from reglament_local.downloads import jars_of
from reglament_local.jars import KAFKA
from reglament_local.java import java, java_environ
from reglament_local.kafka import LOGGING, settings_of
from reglament_local.kafka import Kafka as Node
from reglament_local.places import places_from
from reglament_local.ports import free_port
from reglament_local.processes import Child, Recipe, run_once
from tests.support.certificates import Certificates, certificates
from tests.support.eventually import eventually

ADMIN, PASSWORD = "admin", "the admin's own"
CLUSTER = "kZ3VhcmRlZC1rYWZrYS0x"
TOPIC, GROUP, LITERAL, ALLOW = 2, 3, 3, 3
READ, WRITE, DESCRIBE = 3, 4, 8
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedKafka:
    """A running one. users: names and passwords, beside the admin's."""

    address: str
    files: Certificates
    users: Mapping[str, str]

    def of(self, user: str, password: str | None = None) -> Kafka:
        """How the user reaches it; password: another than the right one."""
        right = PASSWORD if user == ADMIN else self.users[user]
        return Kafka(
            bootstrap=self.address,
            username=user,
            password=SecretStr(password or right),
            ca=self.files.ca,
        )

    async def allow(self, user: str, *, reads: Collection[str], writes: Collection[str]) -> None:
        """As the KafkaUser of a service has it: its topics, and a group of its own name."""
        admin = AIOKafkaAdminClient(**self.of(ADMIN).arguments())
        await admin.start()
        try:
            await _allow(admin, user, GROUP, user, READ)
            for topic in reads:
                await _allow(admin, user, TOPIC, topic, READ)
            for topic in writes:
                await _allow(admin, user, TOPIC, topic, WRITE)
            # Last: the broker hears of them in order, so who sees the topics has the rest as well.
            for topic in {*reads, *writes}:
                await _allow(admin, user, TOPIC, topic, DESCRIBE)
            await await_topics(self.of(user), {*reads, *writes})
        finally:
            await admin.close()


async def _allow(
    admin: AIOKafkaAdminClient, user: str, kind: int, name: str, operation: int
) -> None:
    request = CreateAclsRequest(kind, name, LITERAL, f"User:{user}", "*", operation, ALLOW)
    answer = await admin._send_request(request)  # there is no public way
    ((code, said),) = answer.creation_responses
    assert code == 0, said


@asynccontextmanager
async def guarded_kafka(folder: Path, users: Mapping[str, str]) -> AsyncIterator[GuardedKafka]:
    """One broker of the block's own, gone after it."""
    jars, _ = await jars_of(KAFKA, places_from(os.environ).tools)
    port = free_port()
    files = certificates(folder / "tls")
    node = Node(run=folder, jars=jars, port=port, controller_port=free_port(), cluster=CLUSTER)
    file = folder / "kafka.properties"
    file.write_text("".join(f"{name}={text}\n" for name, text in _guarded(node, files).items()))
    await run_once(_format(node, file, users), folder / "format.log")
    command = (*java(jars, "kafka.Kafka", "256m", LOGGING), str(file))
    broker = Child(Recipe(name="kafka", command=command, environ=java_environ()), folder / "log")
    made = GuardedKafka(address=node.address, files=files, users=users)
    await broker.start()
    try:
        await eventually(lambda: _answers(broker, made), 90, 0.2)
        yield made
    finally:
        await broker.stop()


def _format(node: Node, file: Path, users: Mapping[str, str]) -> Recipe:
    words: list[str] = []
    for name, password in {ADMIN: PASSWORD, **users}.items():
        words += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
    tool = java(node.jars, "kafka.tools.StorageTool", "128m", LOGGING)
    command = (*tool, "format", "--cluster-id", node.cluster, "--config", str(file), *words)
    return Recipe(name="format", command=command, environ=java_environ())


def _guarded(node: Node, files: Certificates) -> Mapping[str, str]:
    """The local broker's properties, with one way in."""
    return {
        **settings_of(node, node.data),
        "listeners": f"GUARDED://{node.address},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"GUARDED://{node.address}",
        "listener.security.protocol.map": "GUARDED:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "GUARDED",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.guarded.scram-sha-512.sasl.jaas.config": (
            f'{SCRAM} required username="{ADMIN}" password="{PASSWORD}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(files.server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(files.ca),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nobody is anonymous but the node's own controller, on loopback.
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
    }


async def _answers(broker: Child, kafka: GuardedKafka) -> bool:
    if broker.exit_code is not None:
        raise RuntimeError(broker.last_lines())
    admin = AIOKafkaAdminClient(**kafka.of(ADMIN).arguments(), request_timeout_ms=3_000)
    try:
        await admin.start()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
