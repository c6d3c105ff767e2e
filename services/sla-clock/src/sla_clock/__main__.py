"""`python -m sla_clock`."""

from reglament.process import run
from sla_clock.app import create_app
from sla_clock.settings import Settings

if __name__ == "__main__":
    run(create_app, Settings())  # type: ignore[call-arg]  # from the environment
