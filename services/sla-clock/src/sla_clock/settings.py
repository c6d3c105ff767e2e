"""SLA_CLOCK_… from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from reglament.settings import ProcessSettings


class Settings(ProcessSettings):
    """sla-clock's settings; nothing beyond every process's own."""

    model_config = SettingsConfigDict(env_prefix="SLA_CLOCK_", frozen=True, extra="ignore")

    port: int = Field(8002, description="port that it listens on")
