"""notifier's environment: `NOTIFIER_…`."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from reglament.settings import ProcessSettings


class NotifierSettings(ProcessSettings):
    """What notifier needs besides."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_")

    port: int = Field(8004, description="port that it listens on")
    smtp: str = Field("127.0.0.1:3025", description="host:port of the outgoing mail server")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="how the way to it is made safe"
    )
    smtp_user: str | None = Field(None, description="for its login; none: no login")
    smtp_password: SecretStr | None = Field(None, description="of smtp_user")
    smtp_seconds: float = Field(20.0, gt=0, description="bound of every step of a sending")
    dkim: Path | None = Field(
        None, description="YAML file, domain: {selector, key}: letters of these domains are signed"
    )
    signed_reply_to: bool = Field(
        False, description="Reply-To local+signature@domain; needs a mail server with subaddresses"
    )
    webhook_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="CIDRs that webhooks may reach although they are not public"
    )
    webhook_ports: Annotated[frozenset[int], NoDecode] = Field(
        frozenset((443, 8443)), description="ports of public webhook receivers, which need https"
    )

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("webhook_ports", mode="before")
    @classmethod
    def _ports(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return frozenset(int(part) for part in value.split(",") if part.strip())

    @property
    def smtp_address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.smtp.rpartition(":")
        return host.strip("[]"), int(port)
