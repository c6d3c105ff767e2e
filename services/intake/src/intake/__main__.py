"""`python -m intake`: serve until SIGTERM."""

from intake.app import create_app
from intake.settings import Settings
from reglament.process import run

if __name__ == "__main__":
    run(create_app, Settings())  # type: ignore[call-arg]  # from the environment
