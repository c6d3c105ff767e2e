"""Contestants play in turns, and a ratio is that of rounds which stood side by side."""

import pytest

from bench.contest import Contest, Goal, Play, Round, play
from bench.report import bars, row, table


def playing(order: list[str], who: str, values: list[float]) -> Play:
    """A contestant whose rounds come to these values."""
    left = iter(values)

    async def one_round() -> Round:
        order.append(who)
        value = next(left)
        return Round(value=value, figures={"p99_ms": value / 10})

    return one_round


def contest(order: list[str]) -> Contest:
    return Contest(
        name="writing",
        unit="requests/s",
        ours=playing(order, "A", [1, 10, 20, 30, 5, 50]),
        limit=playing(order, "B", [1, 20, 40, 60, 100, 100]),
        peers={"peer": playing(order, "C", [1, 5, 10, 15, 1, 25])},
        goals=(
            Goal(against="limit", at_least=0.6),
            Goal(against="peer", at_least=2),
            Goal(against="limit", at_most=1, figure="p99_ms"),
        ),
    )


async def test_they_play_in_turns_and_the_first_turn_does_not_count() -> None:
    order: list[str] = []
    result = await play(contest(order), 5)
    assert "".join(order) == "ABC" * 6
    assert result.values("ours") == [10, 20, 30, 5, 50]


async def test_the_ratio_is_the_median_of_rounds_side_by_side() -> None:
    result = await play(contest([]), 5)
    assert result.ratio("limit") == 0.5
    assert result.ratio("peer") == 2
    assert result.figures("limit") == {"p99_ms": 6}


async def test_a_goal_missed_is_told_and_one_reached_too() -> None:
    result = await play(contest([]), 5)
    told = table(result)
    assert "goal at least 0.6 x limit: 0.50, NOT REACHED" in told
    assert "goal at least 2 x peer: 2.00, reached" in told
    assert "goal p99_ms: at most 1 x limit: 0.50, reached" in told


async def test_the_row_has_the_form_of_issue_8() -> None:
    found = row(await play(contest([]), 5))
    assert (found["ours"], found["limit"], found["ratio"]) == (20, 60, 0.5)
    assert found["peers"] == {"peer": {"value": 10, "ratio": 2}}
    assert found["unit"] == "requests/s"


async def test_fewer_than_five_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        await play(contest([]), 4)


async def test_a_round_of_ours_is_over_before_the_next_one_plays() -> None:
    order: list[str] = []

    async def settle() -> None:
        order.append(".")

    plain = contest(order)
    await play(Contest(name="x", unit="x", ours=plain.ours, limit=plain.limit, settle=settle), 5)
    assert "".join(order) == "A.B" * 6


async def test_the_picture_names_all_of_them_and_no_markup_of_theirs() -> None:
    plain = contest([])
    peers = {"a <b>": playing([], "C", [1] * 6)}
    made = Contest(name="x", unit="y", ours=plain.ours, limit=plain.limit, peers=peers)
    picture = bars("x", row(await play(made, 5)))
    assert "a &lt;b&gt;" in picture
    assert "(ours 0.50 x)" in picture
