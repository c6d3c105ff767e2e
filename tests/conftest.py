"""Fixtures of all suites; each starts only when a test asks for it."""

import structlog

pytest_plugins = ("tests.support.stack", "tests.support.browser")


def pytest_configure() -> None:
    """Tracebacks without local variables: the default prints them, slowly and with texts."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
