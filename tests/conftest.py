"""Fixtures of all suites; each starts only when a test asks for it."""

import structlog
from hypothesis import settings

pytest_plugins = ("tests.support.stack", "tests.support.browser")


def pytest_configure() -> None:
    """Tracebacks without local variables, which the default prints, slowly and with texts."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    # How long one example takes says something of the machine, not of the code.
    settings.register_profile("ours", deadline=None)
    settings.load_profile("ours")
