"""Which standard answers are offered."""

import pytest

from intake.domain.rules.standard_answers import offered
from reglament.policy.model import StandardAnswer

PASSWORD = StandardAnswer(title="Пароль", keywords=("парол", "вход в кабинет"))
LEAVE = StandardAnswer(title="Отпуск", keywords=("отпуск",), category=("leave",))
PLAIN = StandardAnswer(title="Прочее")


def titles(text: str, category: str | None = None) -> list[str]:
    return [each.title for each in offered((PASSWORD, LEAVE, PLAIN), text, category)]


@pytest.mark.rule("WIS-19")
def test_answers_are_offered_by_keywords_and_category_the_most_fitting_first() -> None:
    assert titles("Забыл ПАРОЛЬ, не получается вход в личный кабинет") == ["Пароль"]
    assert titles("Список отпусков пуст, пароль верен") == ["Пароль", "Отпуск"]
    assert titles("Список отпусков пуст, пароль верен", "leave") == ["Отпуск", "Пароль"]
    assert titles("", "leave") == ["Отпуск"]
    assert titles("Вход закрыт") == []
