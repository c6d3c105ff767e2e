# ruff: noqa: E501 - histories stand on one line each, as the table of clients that they are
import time

import pytest

from intake.channels.mail.quotes import fresh, is_forward
from tests.support.crowding import crowding

RULE = "_" * 32
QUOTED = "> Ваш номер REM-000042\n> Спасибо"
DESK = "Desk <support@desk.example>"
WORDS = "ИНН: 7707083893\nСпасибо!"
HISTORIES = {
    "gmail": f"On Mon, Mar 2, 2026 at 10:00 AM {DESK} wrote:\n\n{QUOTED}",
    "gmail-wrapped": f"On Mon, Mar 2, 2026 at 10:00 AM Desk\n<support@desk.example> wrote:\n\n{QUOTED}",
    "gmail-ru": f"пн, 2 мар. 2026 г. в 10:00, {DESK}:\n\n{QUOTED}",
    "gmail-ru-wrapped": f"пн, 2 мар. 2026 г. в 10:00, Служба поддержки\n<s@desk.example>:\n\n{QUOTED}",
    "gmail-ru-old": f"2 марта 2026 г., 10:00 пользователь {DESK} написал:\n\n{QUOTED}",
    "gmail-fr": f"Le lun. 2 mars 2026 à 10:00, {DESK} a\nécrit :\n\n{QUOTED}",
    "outlook": "-----Original Message-----\nFrom: Desk\nSent: Monday\nSubject: x\n\nВаш номер",
    "outlook-ru": f"{RULE}\nОт: Desk\nОтправлено: 2 марта\nКому: Ann\nТема: x\n\nНомер",
    "outlook-ru-bare": "От: Desk [mailto:s@d.example]\nОтправлено: 2\nКому: A\nТема: RE: x\n\nНомер",
    "outlook-bold": "*От:* Desk\n*Отправлено:* 2 марта\n*Кому:* Иван\n*Тема:* x\n\nНомер",
    "outlook-fr": f"{RULE}\nDe : Desk\nEnvoyé : lundi\nÀ : Ann\nObjet : x\n\nNuméro",
    "outlook-web": f"From: {DESK}\nDate: Monday, 2 March 2026\nTo: Ann\nSubject: x\n\nHi",
    "outlook-phone": f"Get Outlook for iOS<https://aka.ms/x>\n{RULE}\nFrom: D\nSent: M\nTo: A\n\nbody",
    "outlook-phone-ru": "Отправлено из Outlook для iOS\n\nОт: D\nДата: x\nКому: A\nТема: x\n\nНомер",
    "yandex": f"02.03.2026, 10:00, {DESK}:\n{QUOTED}",
    "yandex-unquoted": "02.03.2026, 10:00, Desk (support@desk.example):\nВаш номер",
    "yandex-block": f"{'-' * 16}\nКому: Иван (i@x.example);\nТема: x;\n02.03.2026, 10:00, {DESK}:\nНомер",
    "yandex-phone": f"-- \nОтправлено из мобильного приложения Яндекс Почты\n2.03.2026, 10:00, {DESK}:\n{QUOTED}",
    "mail.ru": f"Понедельник, 2 марта 2026, 10:00 +03:00 от {DESK}:\n{QUOTED}",
    "mail.ru-quoted": f">Понедельник, 2 марта 2026, 10:00 +03:00 от {DESK}:\n> \n>Ваш номер",
    "mail.ru-old": "-------- Исходное сообщение --------\nОт: Desk\nДата: 2\nТема: x\nКому: I\n\nНомер",
    "mail.ru-phone": f"Отправлено из Почты Mail.ru\n\nпонедельник, 2 марта 2026 г. от {DESK}:\n{QUOTED}",
    "apple": f"On 2 Mar 2026, at 10:00, {DESK} wrote:\n\nYour number",
    "apple-ru": f"Понедельник, 2 марта 2026, 10:00 +03:00 Desk написал(а):\n{QUOTED}",
    "apple-ru-phone": f"Отправлено с iPhone\n\n> 2 марта 2026 г., в 10:00, {DESK} написал(а):\n> \n> x",
    "apple-fr": f"Le 2 mars 2026 à 10:00, {DESK} a écrit :\n{QUOTED}",
    "apple-fr-phone": f"Envoyé de mon iPhone\n\n> Le 2 mars 2026 à 10:00, {DESK} a écrit :\n> \n> x",
    "thunderbird": f"On 02/03/2026 10:00, Desk wrote:\n{QUOTED}",
    "thunderbird-ru": f"02.03.2026, 10:00, {DESK} пишет:\n{QUOTED}",
    "thunderbird-fr": f"Le 02/03/2026 à 10:00, Desk a écrit :\n{QUOTED}",
    "mail.ru-android": f"-- \nОтправлено из Mail.ru для Android\nпонедельник, 02 марта 2026г., 10:00 +03:00 от Desk s@desk.example:\n\n{QUOTED}",
    "mymail": f"--\nОтправлено из myMail для iOS\nпонедельник, 2 марта 2026 г., 10:00 +0300 от {DESK}:\n{QUOTED}",
    "bare-address": f"2 марта 2026, 10:00, support@desk.example:\n{QUOTED}",
    "proton": f"Sent with Proton Mail secure email.\n\nOn Monday, March 2nd, 2026 at 10:00 AM, {DESK} wrote:\n\n{QUOTED}",
    "mobile": f"---\nОтправлено с мобильного устройства\n\n{QUOTED}",
    "the-bat": f"Вы писали 2 марта 2026 г., 10:00:\n\n{QUOTED}",
    "bare": QUOTED,
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_the_history_below_a_reply_is_folded_away(history: str) -> None:
    assert fresh(f"{WORDS}\n\n{history}") == WORDS


@pytest.mark.parametrize(
    "mark",
    [
        "-------- Пересылаемое сообщение --------\n02.03.2026, Desk:",
        "-------- Перенаправленное сообщение --------\nТема: x\nДата: y\nОт: z",
        "---------- Forwarded message ---------\nFrom: D\nDate: x\nSubject: y",
        "Начало переадресованного сообщения:\n\n> От: z",
        "Begin forwarded message:\n\n> From: z",
    ],
)
def test_a_letter_that_is_passed_on_is_what_this_one_has_to_say(mark: str) -> None:
    text = f"{WORDS}\n\n{mark}\n\nОшибка 0x80070005"
    assert fresh(text) == text


def test_the_subject_tells_that_a_letter_is_passed_on() -> None:
    text = f"{WORDS}\n\n{HISTORIES['outlook-ru']}"
    assert is_forward("FW: x")
    assert is_forward("Пересл: [N-1] x")
    assert not is_forward("Re: Fwd: x")
    assert fresh(text, forwarded=True) == text


def test_a_persons_signature_stays_for_it_may_say_who_asks() -> None:
    text = "Не печатает.\n\n-- \nИван Петров\nИНН 7707083893"
    assert fresh(f"{text}\n\n{HISTORIES['yandex']}") == text


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
        "Вот что он написал:\nошибка при запуске",
        "Отправлено с моего рабочего места вчера, ответа нет",
        "Sent from the warehouse, nothing arrived",
        "Письмо от 02.03.2026 ушло на ivan@x.example:\nответа нет",
    ],
)
def test_words_that_only_resemble_a_history_stay(text: str) -> None:
    assert fresh(text) == text


@pytest.mark.parametrize(
    "line", ["> " * 50_000, "On " * 50_000, "-" * 200_000, "a:" * 100_000, "1:00 <a@" * 20_000]
)
def test_no_line_costs_much_time(line: str) -> None:
    started = time.perf_counter()
    fresh(line)
    fresh("\n".join([line[:2000]] * 100))
    fresh("\n".join([line[:12]] * 100_000))
    assert time.perf_counter() - started < crowding()
