"""The line of a rehearsal, and what makes it red."""

from reglament_local.chaos.evidence import Finding
from reglament_local.rehearsal.figures import Figures


def test_a_clean_rehearsal_ends_in_zeros() -> None:
    figures = Figures(old="a", new="b", ends=[1.0, 6.25])
    figures.seen.requests, figures.seen.longest = 100, 0.5
    figures.seen.silence["intake"] = 0.75
    line = figures.line()
    assert figures.is_clean
    assert line.startswith("rehearsal: from a to b seconds 0 requests 100 failures 0 ")
    assert line.endswith("| longest s: answer 0.5, silence (intake 0.8), end 6.2, clients late 0.0")
    assert "lost 0 doubled 0" in line


def test_one_refused_connection_is_enough() -> None:
    figures = Figures(old="a", new="b")
    figures.seen.failures["ConnectError GET /"] += 1
    assert not figures.is_clean
    assert "failures 1" in figures.line()


def test_a_loss_is_enough() -> None:
    figures = Figures(old="a", new="b", findings=[Finding(kind="lost", what="an event")])
    assert not figures.is_clean
    assert "lost 1" in figures.line()
