"""Environment -> intake's settings. `INTAKE_PORT=8001` sets `port`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from reglament.settings import ProcessSettings


class Settings(ProcessSettings):
    """What intake needs besides every service's own."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="ignore")

    port: int = Field(8001, description="port that it listens on")
    imap: str | None = Field(None, description="IMAP server of the desks' mailboxes, host:port")
    imap_keep_days: int | None = Field(
        None, ge=1, description="how long a stored letter stays in its mailbox; none: for ever"
    )
    mailbox_secrets: Path | None = Field(
        None, description="folder whose files hold the mailboxes' passwords, each by its secret"
    )
    lmtp: str | None = Field(None, description="host:port where our mail server hands letters over")
    smtp: str | None = Field(
        None, description="host:port of the SMTP door; what comes by it proves no sender"
    )
    authserv_ids: frozenset[str] = Field(
        frozenset(),
        description="names by which our mail server signs Authentication-Results, a JSON list",
    )
    trace_url: str | None = Field(
        None,
        pattern=r"^https?://.*\{trace_id\}",
        description="where a trace is shown, {trace_id} for its id: the board leads there",
    )
    backup_days: int = Field(
        30, ge=0, description="how long backups are kept: an erased person stands in them so long"
    )

    backups: Path | None = Field(
        None, description="folder of backups: the newest one's age is a metric; none: is not known"
    )

    @property
    def doors(self) -> tuple[tuple[Literal["smtp", "lmtp"], str], ...]:
        """Where letters are handed over to us."""
        lmtp: tuple[Literal["smtp", "lmtp"], str | None] = ("lmtp", self.lmtp)
        smtp: tuple[Literal["smtp", "lmtp"], str | None] = ("smtp", self.smtp)
        return tuple((protocol, address) for protocol, address in (lmtp, smtp) if address)
