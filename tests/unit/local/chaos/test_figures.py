"""The one line, and whether the run was clean."""

from reglament_local.chaos.checks import findings
from reglament_local.chaos.figures import Figures, quantile
from tests.unit.local.chaos.evidence import good


def test_a_clean_run_says_so_in_one_line() -> None:
    figures = Figures(seed=7, rounds=20, seconds=181.4)
    evidence = good()
    figures.count(evidence, findings(evidence))
    figures.recoveries["kill"] += [1.0, 2.0, 9.0]
    assert figures.is_clean
    assert figures.line() == (
        "chaos: seed 7 rounds 20 seconds 181 acknowledged 2 letters 1 webhooks 2 events 11"
        " lost 0 doubled 0 order 0 numbers 0 clocks 0 projections 0 waiting 0 hung 0 errors-500 0"
        " letters-repeated 0 webhooks-repeated 0 | recovery p50/p95 s: kill 2.0/9.0 (3)"
    )


def test_what_is_wrong_is_counted_by_kind() -> None:
    evidence = good()
    evidence.mailboxes["<nobody@chaos.example>"] += 1
    figures = Figures(seed=7)
    figures.count(evidence, findings(evidence))
    assert not figures.is_clean
    assert " doubled 1 " in figures.line()


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert quantile([5.0, 1.0, 3.0], 0.95) == 5.0
    assert quantile([2.0], 0.5) == 2.0
