"""Environment -> one frozen object a process. Every fault is listed at start, none is guessed."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "consumer", "relay", "timers", "mail"]
ALL_ROLES: frozenset[Role] = frozenset(("api", "consumer", "relay", "timers", "mail"))


class ProcessSettings(BaseSettings):
    """What every service needs. A service subclasses it with its own `env_prefix`.

    `SLA_CLOCK_PORT=8002` sets `port` of sla-clock; durations are seconds.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int
    database: str = Field(description="DSN of the service's own PostgreSQL database")
    kafka: str = Field(description="bootstrap servers, host:port[,host:port]")
    partitions: int = Field(12, ge=1, description="of every ticket topic; never changes")
    replication: int = Field(1, ge=1, description="replication factor of topics it creates")
    relays: int = Field(1, ge=1, le=64, description="that share the outbox, a ticket always one's")
    roles: frozenset[Role] = ALL_ROLES
    instance: str = Field("0", description="unique and stable a replica (StatefulSet ordinal)")
    secret: SecretStr = Field(description="key of cursors, portal links and Message-IDs")
    admin_key: SecretStr | None = Field(None, description="the first admin's key; others by API")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP base URL; none: no traces")
    front: str = Field("http://127.0.0.1:8000", description="the origin that people see")
    roots: Path | None = Field(
        None, description="folder outside the database for the daily roots of all histories"
    )
    root_signers: frozenset[str] = Field(
        frozenset(), description="public keys of roots that were signed under another secret"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_seconds: float = 10.0
    requests_per_second: float = Field(5000, gt=0, description="that one caller may keep up")
