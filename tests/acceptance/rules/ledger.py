"""What came of the tests, rule by rule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.rules.desk import PolicyNotTaken

_PATH = re.compile(r"^(?:\w+\.)+(?=\w+:)")  # of the error's class
Subject = tuple[str, str | None]  # a rule, and the key that its policy went without


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A test's end: passed, failed, or error where it could not be run as meant."""

    test: str
    outcome: str
    why: str = ""

    @property
    def name(self) -> str:
        """File, below tests/acceptance, and function, without the parameters."""
        return self.test.partition("[")[0].removeprefix("tests/acceptance/")


@dataclass(slots=True)
class Ledger:
    """A plugin of the process that asks: workers report to it. Its keys come in any order."""

    results: dict[Subject, list[Result]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The call counts, and whatever failed before it."""
        if report.when != "call" and not (report.failed and report.when == "setup"):
            return
        result = _result(report)
        for name, subject in report.user_properties:
            if name == "rule":
                rule, key = _subject(subject)
                self.results.setdefault((rule, key), []).append(result)

    def of(self, rule: str) -> list[Result]:
        """Every test of the rule under its own policy."""
        return self.results.get((rule, None), [])

    def mutations(self) -> list[tuple[str, str, str, str]]:
        """Rule, key, killed | survived | error, and why; sorted."""
        return sorted(
            (rule, key, *_judged(results))
            for (rule, key), results in self.results.items()
            if key is not None
        )


def _subject(value: Any) -> Subject:
    rule, key = value
    return rule, key


def _result(report: pytest.TestReport) -> Result:
    crash = getattr(report.longrepr, "reprcrash", None)
    why = str(crash.message if crash else report.longrepr or "").split("\n")[0]
    why = _PATH.sub("", why)
    could_not = report.when == "setup" or PolicyNotTaken.__name__ in why
    outcome = "error" if report.failed and could_not else report.outcome
    return Result(test=report.nodeid, outcome=outcome, why=why)


def _judged(results: Sequence[Result]) -> tuple[str, str]:
    """Killed: one test of the rule at least failed, and none could not be run."""
    for outcome, verdict in (("error", "error"), ("failed", "killed")):
        for result in results:
            if result.outcome == outcome:
                return verdict, result.why
    return "survived", ", ".join(dict.fromkeys(result.name for result in results))
