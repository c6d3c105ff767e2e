"""What a person sees: tables, and how far something is."""

import pytest

from reglament.cli.saying import progress_line, say_table


@pytest.mark.parametrize(
    ("done", "total", "seconds", "said"),
    [
        (0, 0, 0.0, "[............................] 0 of 0 events, 0/s"),
        (25, 100, 5.0, "[#######.....................] 25 of 100 events, 5/s, 15 s to go"),
        (100, 100, 5.0, "[############################] 100 of 100 events, 20/s"),
        (120, 100, 5.0, "[############################] 120 of 100 events, 24/s"),
    ],
)
def test_progress_says_share_rate_and_time_to_go(
    done: int, total: int, seconds: float, said: str
) -> None:
    assert progress_line(done, total, seconds, "events") == said


def test_a_table_is_as_wide_as_its_widest_cell_and_a_row_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table(
        [{"name": "a", "cause": "x\n y"}, {"name": "longer", "cause": None}], ("name", "cause")
    )
    assert capsys.readouterr().out == "name    cause\na       x y\nlonger  -\n"
