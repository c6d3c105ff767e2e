"""Fixtures of all suites; each starts only when a test asks for it."""

pytest_plugins = ("tests.support.stack",)
