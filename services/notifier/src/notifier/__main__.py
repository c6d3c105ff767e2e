"""`python -m notifier`."""

from notifier.app import create_app
from notifier.settings import NotifierSettings
from reglament.process import run

if __name__ == "__main__":
    run(create_app, NotifierSettings())  # type: ignore[call-arg]  # from the environment
