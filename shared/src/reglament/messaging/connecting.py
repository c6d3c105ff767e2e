"""Where Kafka is and who we are to it: the one place that says it to aiokafka."""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed
from pydantic import SecretStr

from reglament.settings import ProcessSettings

MECHANISM = "SCRAM-SHA-512"
ASK_MS = 5000


class KafkaRefused(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Kafka is there and does not let us in: the message names the settings to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """bootstrap: host:port[,host:port]. ca: a PEM bundle; with it the line is TLS.

    username, password: both or neither, by SCRAM-SHA-512, and only over TLS.
    """

    bootstrap: str
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None

    @classmethod
    def of(cls, settings: ProcessSettings) -> Self:
        """What a process was told."""
        return cls(
            bootstrap=settings.kafka,
            username=settings.kafka_username,
            password=settings.kafka_password,
            ca=settings.kafka_ca,
        )

    def arguments(self) -> dict[str, Any]:
        """Of aiokafka's consumer, producer and admin client alike.

        The bundle is read anew each time: it is replaced while we run. Raises OSError.
        """
        return {"bootstrap_servers": self.bootstrap, **self._proof()}

    async def refusal(self) -> KafkaRefused | None:
        """Why no broker lets us in; None where one does, or where none is there.

        aiokafka itself says but that it could not connect, whatever the reason was.
        """
        for host, port in _addresses(self.bootstrap):
            try:
                line = await create_conn(host, port, request_timeout_ms=ASK_MS, **self._proof())
            except SaslAuthenticationFailed as fault:
                settings = "…_KAFKA_USERNAME and …_KAFKA_PASSWORD"
                return KafkaRefused(
                    f"Kafka at {host}:{port} refuses {self.username}, look at {settings}: {fault}"
                )
            except ssl.SSLError as fault:
                return KafkaRefused(
                    f"no TLS with Kafka at {host}:{port}, look at …_KAFKA_CA ({self.ca}): {fault}"
                )
            except (OSError, KafkaError, TimeoutError, asyncio.IncompleteReadError):
                continue
            line.close()
            return None
        return None

    def _proof(self) -> dict[str, Any]:
        if self.ca is None:
            return {}
        line = {"ssl_context": ssl.create_default_context(cafile=self.ca)}
        if self.username is None or self.password is None:
            return {"security_protocol": "SSL", **line}
        return {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password.get_secret_value(),
            **line,
        }


def _addresses(bootstrap: str) -> Iterable[tuple[str, int]]:
    for each in bootstrap.split(","):
        host, _, port = each.strip().rpartition(":")
        yield host.strip("[]"), int(port)
