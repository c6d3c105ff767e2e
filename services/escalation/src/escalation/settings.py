"""escalation's environment: `ESCALATION_…`."""

from pydantic_settings import SettingsConfigDict

from reglament.settings import ProcessSettings


class EscalationSettings(ProcessSettings):
    """Nothing besides what every service needs."""

    model_config = SettingsConfigDict(env_prefix="ESCALATION_")

    port: int = 8003
