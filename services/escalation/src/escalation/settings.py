"""escalation's environment: `ESCALATION_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from reglament.settings import ProcessSettings


class EscalationSettings(ProcessSettings):
    """Nothing besides what every service needs."""

    model_config = SettingsConfigDict(env_prefix="ESCALATION_")

    port: int = Field(8003, description="port that it listens on")
