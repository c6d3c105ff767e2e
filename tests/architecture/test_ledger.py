"""What `make rules` concludes from tests' ends."""

from typing import Any

import pytest

from tests.acceptance.rules.ledger import Ledger

PASSED, FAILED = "passed", "failed"


def report(
    outcome: Any, *subjects: tuple[str, str | None], when: Any = "call", why: str = ""
) -> Any:
    return pytest.TestReport(
        nodeid="tests/acceptance/test_any.py::test_it",
        location=("", None, ""),
        keywords={},
        outcome=outcome,
        longrepr=why,
        when=when,
        user_properties=[("rule", subject) for subject in subjects],
    )


def judged(*reports: Any) -> list[tuple[str, str, str, str]]:
    ledger = Ledger()
    for each in reports:
        ledger.pytest_runtest_logreport(each)
    return ledger.mutations()


def test_a_rule_has_the_results_of_every_test_that_names_it() -> None:
    ledger = Ledger()
    ledger.pytest_runtest_logreport(report(PASSED, ("R-1", None), ("R-2", None)))
    ledger.pytest_runtest_logreport(report(FAILED, ("R-2", None), why="AssertionError: no"))
    assert [one.outcome for one in ledger.of("R-1")] == [PASSED]
    assert [one.outcome for one in ledger.of("R-2")] == [PASSED, FAILED]
    assert ledger.of("R-3") == []


def test_one_test_that_fails_kills_a_mutation_and_passing_ones_let_it_live() -> None:
    subject = ("R-1", "queue.order")
    why = "reglament_local.demo.system.StoryFailed: not within 6 s"
    (killed,) = judged(report(PASSED, subject), report(FAILED, subject, why=why))
    assert killed == (*subject, "killed", "StoryFailed: not within 6 s")
    (survived,) = judged(report(PASSED, subject))
    assert survived == (*subject, "survived", "test_any.py::test_it")


@pytest.mark.parametrize(
    ("when", "why"),
    [("setup", "no system"), ("call", "tests.acceptance.rules.desk.PolicyNotTaken: eiler")],
)
def test_a_policy_that_is_not_taken_kills_nothing(when: str, why: str) -> None:
    subject = ("R-1", "queue.order")
    could_not = report(FAILED, subject, when=when, why=why)
    (verdict,) = judged(report(FAILED, subject, why="AssertionError"), could_not)
    assert verdict[2] == "error"
