"""Which texts enumerate several problems, and which only the steps of one."""

import pytest

from intake.domain.rules.enumeration import problems
from intake.domain.rules.request_form import violations
from tests.support.tickets import asked, desk

TWO = "Добрый день!\n1. Не печатает принтер.\n\n2) Не открывается отчёт.\nСпасибо"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (TWO, 2),
        ("Вопрос 1: где отчёт?\nВопрос 2: почему пусто?\nВопрос 3. Когда?", 3),
        ("Шаги воспроизведения:\n1. Открыть\n2. Нажать\n3. Ошибка", 0),
        ("Steps to reproduce\n\n1) open\n2) click", 0),
        ("Les étapes :\n1. ouvrir\n2. cliquer", 0),
        ("1. Only one thing", 0),
        ("Version 1.2\n2.5 is out", 0),
        ("The total is\n2) nothing", 0),
        ("", 0),
        ("1. " + "x" * 100_000, 0),
    ],
)
def test_points_are_counted(text: str, count: int) -> None:
    assert problems(text) == count


@pytest.mark.rule("WIS-05")
@pytest.mark.rule("MIC-12")
def test_a_desk_that_says_so_has_the_request_flagged() -> None:
    request = asked(description=TWO)
    assert violations(desk(), request, "email") == []
    (found,) = violations(desk(request={"several": "flag"}), request, "email")
    assert (found.violation.rule, found.violation.detail) == ("several-problems", "2")
    assert found.otherwise == "flag"
