import time

import pytest

from intake.channels.mail.quotes import fresh

RULE = "_" * 32
QUOTED = "> Ваш номер REM-000042\n> Спасибо"


@pytest.mark.parametrize(
    "history",
    [
        f"On Mon, Mar 2, 2026 at 10:00 AM Desk <support@desk.example> wrote:\n\n{QUOTED}",
        f"On Mon, Mar 2, 2026 at 10:00 AM Desk\n<support@desk.example> wrote:\n\n{QUOTED}",
        f"пн, 2 мар. 2026 г. в 10:00, Desk <support@desk.example>:\n\n{QUOTED}",
        f"02.03.2026, 10:00, Desk <support@desk.example> пишет:\n{QUOTED}",
        f"2 марта 2026, 10:00 +03:00 от Desk <support@desk.example>:\n{QUOTED}",
        f"Понедельник, 2 марта 2026, 10:00 +03:00 Desk написал(а):\n{QUOTED}",
        f"Le 2 mars 2026 à 10:00, Desk <support@desk.example> a écrit :\n{QUOTED}",
        "-----Original Message-----\nFrom: Desk\nSent: Monday\nSubject: x\n\nВаш номер",
        f"{RULE}\nОт: Desk\nОтправлено: 2 марта\nКому: Ann\nТема: x\n\nНомер",
        f"{RULE}\nDe : Desk\nEnvoyé : lundi\nÀ : Ann\nObjet : x\n\nNuméro",
        "-------- Пересылаемое сообщение --------\n02.03.2026, Desk:\n\nВаш номер",
        QUOTED,
    ],
    ids=[
        *("gmail", "gmail-wrapped", "gmail-ru", "thunderbird-ru", "mail.ru", "yandex", "apple-fr"),
        *("outlook", "outlook-ru", "outlook-fr", "yandex-forward", "bare"),
    ],
)
def test_the_history_below_a_reply_is_folded_away(history: str) -> None:
    assert fresh(f"ИНН: 7707083893\nСпасибо!\n\n{history}") == "ИНН: 7707083893\nСпасибо!"


def test_an_answer_below_the_quotation_is_kept() -> None:
    text = f"On Mon, 2 Mar 2026, Desk wrote:\n{QUOTED}\n\nIt is version 5."
    assert fresh(text) == "It is version 5."


def test_a_letter_that_is_all_quotation_is_kept_whole() -> None:
    assert fresh(QUOTED) == QUOTED


@pytest.mark.parametrize(
    "text",
    [
        "Сервер написал: ошибка 5\nЧто делать?",
        "From: the start it failed\nTo: be fixed",
        "Шаги:\n1. Открыть\n2. Закрыть",
    ],
)
def test_words_that_only_resemble_a_history_stay(text: str) -> None:
    assert fresh(text) == text


@pytest.mark.parametrize("line", ["> " * 50_000, "On " * 50_000, "-" * 200_000, "a:" * 100_000])
def test_no_line_costs_much_time(line: str) -> None:
    started = time.perf_counter()
    fresh(line)
    fresh("\n".join([line[:2000]] * 100))
    assert time.perf_counter() - started < 1
