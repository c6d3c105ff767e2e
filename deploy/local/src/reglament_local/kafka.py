"""Apache Kafka 4.3 as one KRaft node on loopback."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from reglament_local.java import java, java_environ
from reglament_local.parts import Part
from reglament_local.ports import is_free
from reglament_local.processes import Recipe, run_once

LOGGING = {
    "org.slf4j.simpleLogger.defaultLogLevel": "warn",
    "org.slf4j.simpleLogger.showDateTime": "true",
    "org.slf4j.simpleLogger.dateTimeFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "org.slf4j.simpleLogger.log.kafka.server": "info",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """One broker: its folder under `run`, its jars, its two ports and its cluster's id.

    told: the port that clients are told to come to, where that is a proxy's; 0: its own.
    """

    run: Path
    jars: Path
    port: int
    controller_port: int
    cluster: str
    told: int = 0

    @property
    def address(self) -> str:
        """What clients bootstrap from."""
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Its log folder; exists only when formatted."""
        return self.run / "kafka"


def kafka_part(broker: Kafka) -> Part:
    """The broker as the supervisor runs it."""
    file = broker.run / "kafka.properties"
    recipe = Recipe(
        name="kafka",
        command=(*java(broker.jars, "kafka.Kafka", "384m", LOGGING), str(file)),
        environ=java_environ(),
        grace=5.0,
    )
    return Part(
        title="Apache Kafka 4.3",
        recipe=recipe,
        prepare=partial(_format, broker, file),
        is_ready=partial(_answers, broker.address),
    )


def settings_of(broker: Kafka, data: Path) -> Mapping[str, str]:
    """The properties file; topics are made by the services that own them."""
    quick = dict.fromkeys(REPLICATION_OF_INTERNAL_TOPICS, "1")
    return quick | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{broker.controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{broker.address},CONTROLLER://127.0.0.1:{broker.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker.told or broker.port}",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "log.retention.ms": "-1",
        "log.segment.bytes": "134217728",
        "log.index.size.max.bytes": "1048576",
        "message.max.bytes": "10485760",
        "replica.fetch.max.bytes": "10485760",
    }


REPLICATION_OF_INTERNAL_TOPICS = (
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
)


async def _format(broker: Kafka, file: Path) -> None:
    _write(file, settings_of(broker, broker.data))
    if broker.data.exists():
        return
    fresh = broker.run / "kafka.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh_file = broker.run / "kafka.new.properties"
    _write(fresh_file, settings_of(broker, fresh))
    words = ("format", "--cluster-id", broker.cluster, "--config", str(fresh_file))
    command = java(broker.jars, "kafka.tools.StorageTool", "128m", LOGGING) + words
    recipe = Recipe(name="kafka-format", command=command, environ=java_environ())
    await run_once(recipe, broker.run / "log" / "kafka-format.log")
    fresh_file.unlink()
    fresh.rename(broker.data)


def _write(file: Path, settings: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


async def _answers(address: str) -> bool:
    # The client shouts about every refused connection, so the port is looked at first.
    if is_free(int(address.rpartition(":")[2])):
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=3_000)
    try:
        await admin.start()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
