"""Environment -> one frozen object a process. Every fault is listed at start, none is guessed."""

import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "consumer", "relay", "timers", "mail"]
ALL_ROLES: frozenset[Role] = frozenset(("api", "consumer", "relay", "timers", "mail"))


class ProcessSettings(BaseSettings):
    """What every service needs. A service subclasses it with its own `env_prefix`.

    `SLA_CLOCK_PORT=8002` sets `port` of sla-clock; durations are seconds.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # a fault at start is logged, and the input has the secrets
    )

    host: str = Field("127.0.0.1", description="address that it listens on")
    port: int = Field(description="port that it listens on")
    database: str = Field(description="DSN of the service's own PostgreSQL database")
    kafka: str = Field(description="bootstrap servers, host:port[,host:port]")
    kafka_username: str | None = Field(None, description="for SCRAM-SHA-512; none: no login")
    kafka_password: SecretStr | None = Field(None, description="of kafka_username")
    kafka_ca: Path | None = Field(
        None, description="PEM bundle that Kafka's certificate is held against; none: no TLS"
    )
    partitions: int = Field(12, ge=1, description="of every ticket topic; never changes")
    replication: int = Field(1, ge=1, description="replication factor of topics it creates")
    relays: int = Field(1, ge=1, le=64, description="that share the outbox, a ticket always one's")
    roles: frozenset[Role] = Field(ALL_ROLES, description="what this process does, a JSON list")
    instance: str = Field("0", description="unique and stable a replica (StatefulSet ordinal)")
    secret: SecretStr = Field(
        description="of pseudonyms, seals, signatures: one for all services, for ever"
    )
    admin_key: SecretStr | None = Field(None, description="the first admin's key; others by API")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP base URL; none: no traces")
    front: str = Field("http://127.0.0.1:8000", description="the origin that people see")
    roots: Path | None = Field(
        None, description="folder outside the database for the daily roots of all histories"
    )
    root_signers: frozenset[str] = Field(
        frozenset(), description="public keys of roots that were signed under another secret"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least that is logged"
    )
    shutdown_seconds: float = Field(
        10.0, description="after SIGTERM, until what is not finished is broken off"
    )
    requests_per_second: float = Field(5000, gt=0, description="that one caller may keep up")

    @model_validator(mode="after")
    def _kafka_login_is_whole(self) -> Self:
        """Half a login would be found out first by a broker, and by its word alone."""
        prefix = self.model_config.get("env_prefix", "").upper()
        has_name, has_password = self.kafka_username is not None, self.kafka_password is not None
        if has_name != has_password:
            given, missing = ("USERNAME", "PASSWORD") if has_name else ("PASSWORD", "USERNAME")
            raise ValueError(f"{prefix}KAFKA_{missing} is missing: {prefix}KAFKA_{given} needs it")
        if has_name and self.kafka_ca is None:
            raise ValueError(f"{prefix}KAFKA_CA is missing: a login goes over TLS alone")
        if self.kafka_ca is not None:
            _refuse_no_bundle(f"{prefix}KAFKA_CA", self.kafka_ca)
        return self


def _refuse_no_bundle(name: str, file: Path) -> None:
    try:
        has_certificates = ssl.create_default_context(cafile=file).cert_store_stats()["x509_ca"]
    except OSError as fault:
        raise ValueError(f"{name}: {file} holds no PEM certificates: {fault}") from fault
    if not has_certificates:
        raise ValueError(f"{name}: {file} holds no CA's certificate")
