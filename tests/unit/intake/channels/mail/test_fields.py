from intake.channels.mail.fields import read_fields
from reglament.policy.model import Policy

BASE = {
    "desk": "any",
    "name": "Any",
    "time_zone": "Europe/Moscow",
    "number": "ANY-{sequence:06d}",
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"email": {"accept": "always"}},
    "causes": {"power": {"titles": ["Нет света"]}, "network": {}},
    "categories": {"error": {"titles": ["Ошибка"]}, "question": {}},
    "priorities": {
        "default": "normal",
        "levels": ["high", "normal"],
        "titles": {"high": ["высокий", "высокая"]},
    },
    "request": {
        "labels": {
            "priority": ["Приоритет"],
            "category": ["Категория"],
            "cause": ["Причина"],
            "phone": ["Телефон"],
        },
        "fields": {
            "inn": {"type": "inn", "labels": ["ИНН", "INN"]},
            "version": {"labels": ["Версия", "Версия продукта"]},
            "steps": {"labels": ["Шаги"]},
            "doc": {"type": "link", "labels": ["Документ"]},
            "manual_read": {"type": "flag", "labels": ["Руководство прочитано"]},
            "secret": {"labels": ["Секрет"], "from": ["fields"]},
        },
    },
}
POLICY = Policy.model_validate(BASE)
LETTER = """Здравствуйте!
ИНН: 7707 083 893
* Версия продукта - 5.1
**Приоритет:** Высокий
Категория: ошибка.
Причина: нет света
Телефон: +7 495 000-00-00
Руководство прочитано: да, всё
Шаги:
1. Открыть
2. Закрыть

Секрет: 1
Документ: см. https://docs.example/page.
https://customer.example
"""


def test_labelled_lines_become_fields() -> None:
    found = read_fields(LETTER, POLICY)
    assert found.values == {
        "inn": "7707083893",
        "version": "5.1",
        "steps": "1. Открыть\n2. Закрыть",
        "doc": "https://docs.example/page",
        "manual_read": "yes",
    }
    assert found.cause == "power"
    assert (found.priority, found.category, found.phone) == ("high", "error", "+7 495 000-00-00")


def test_an_inn_without_a_label_is_found_by_its_check_digits() -> None:
    assert read_fields("номера 7707083890 и 7707083893", POLICY).values["inn"] == "7707083893"


def test_what_is_not_said_is_absent() -> None:
    assert read_fields("Принтер сломан", POLICY).values == {}


def test_a_labelled_inn_with_wrong_check_digits_is_left_to_the_rules() -> None:
    assert read_fields("ИНН: 7707083890", POLICY).values["inn"] == "7707083890"


def test_an_unknown_priority_is_left_to_the_rules() -> None:
    assert read_fields("Приоритет: Срочнее срочного", POLICY).priority == "срочнее срочного"
