"""Environment -> intake's settings. `INTAKE_PORT=8001` sets `port`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from reglament.settings import ProcessSettings


class Settings(ProcessSettings):
    """What intake needs besides every service's own."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="ignore")

    port: int = 8001
    imap: str | None = Field(None, description="IMAP server of the desks' mailboxes, host:port")
    authserv_ids: frozenset[str] = Field(
        frozenset(),
        description="names by which our mail server signs Authentication-Results, a JSON list",
    )
    backup_days: int = Field(
        30, ge=0, description="how long backups are kept: an erased person stands in them so long"
    )
