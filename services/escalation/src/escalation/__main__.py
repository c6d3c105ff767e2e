"""`python -m escalation`."""

from escalation.app import create_app
from escalation.settings import EscalationSettings
from reglament.process import run

if __name__ == "__main__":
    run(create_app, EscalationSettings())  # type: ignore[call-arg]  # from the environment
