# ruff: noqa: E501 - reports as mail servers word them
"""Delivery reports that are none by their form, as mail servers of many makers send them."""

from email.header import Header
from typing import Any

import pytest

from tests.unit.intake.channels.mail.letters import letter

TICKET = "0192f0c1-0000-7000-8000-000000000001"
SIGNED = f"<{TICKET}.confirmation-e1.{'a' * 32}@desk.example>"
ODD: dict[str, tuple[dict[str, str], str, str]] = {
    "qmail": (
        {"From": "MAILER-DAEMON@mx.client.example", "Subject": "failure notice"},
        "Hi. This is the qmail-send program at mx.client.example.\nI'm afraid I wasn't able to "
        "deliver your message to the following addresses.\nThis is a permanent error; I've given "
        f"up. Sorry.\n\n<ann@client.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\nMessage-ID: {SIGNED}\n",
        "failed",
    ),
    "exchange-ru": (
        {
            "From": "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@c.example>",
            "Subject": "Не удается доставить: [N-1] Принтер",
            "In-Reply-To": SIGNED,
        },
        "Не удалось выполнить доставку следующим получателям:\n\nann@client.example\n\n"
        "Удаленный сервер: 550 5.1.10 RESOLVER.ADR.RecipientNotFound",
        "failed",
    ),
    "yandex": (
        {"From": "mailer-daemon@yandex.ru", "Subject": "Недоставленное сообщение"},
        "Это письмо отправлено почтовым сервером yandex.ru.\n\nК сожалению, мы вынуждены сообщить "
        "Вам о том, что Ваше письмо не может быть отправлено одному или нескольким адресатам.\n\n"
        f"<ann@client.example>: 550 5.7.1 No such user!\n\nИдентификатор письма: {SIGNED}",
        "failed",
    ),
    "mail.ru": (
        {"From": "mailer-daemon@corp.mail.ru", "Subject": "Mail failure."},
        "This message was created automatically by mail delivery software.\n\nA message that you "
        "sent could not be delivered to one or more of its recipients.\n\nann@client.example\n"
        f"mailbox is full: retry timeout exceeded\n\n------ This is a copy of the headers\n"
        f"References: {SIGNED.replace('e1', 'e0')}\nMessage-ID:\n {SIGNED}\n",
        "failed",
    ),
    "gmail-delay": (
        {
            "From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Subject": "Delivery Status Notification (Delay)",
        },
        "There was a temporary problem delivering your message to ann@client.example. Gmail will "
        f"retry for 46 more hours.\n\nThe response was: 451 4.3.0 try again\n\nMessage-ID: {SIGNED}",
        "delayed",
    ),
    "exim-delay": (
        {
            "From": "Mail Delivery System <Mailer-Daemon@mx.example>",
            "Subject": "Warning: message 1rX-0001 delayed 24 hours",
            "X-Failed-Recipients": "ann@client.example",
        },
        "This message was created automatically by mail delivery software.\nA message that you sent "
        "has not yet been delivered to one or more of its recipients after more than 24 hours on "
        f"the queue.\n\nNo action is required on your part.\n\nMessage-ID: {SIGNED}",
        "delayed",
    ),
    "daemon-of-any-subject": (
        {"From": "Mail Delivery System <MAILER-DAEMON@mx.example>", "Subject": "Письмо номер 5"},
        f"<ann@client.example>: host said: 550 5.1.1 no such user\n\nMessage-ID: {SIGNED}",
        "failed",
    ),
    "nobodys": (
        {"From": "Система <noreply@mx.example>", "Subject": "Ваше письмо не было доставлено"},
        f"ann@client.example: 550 нет такого ящика\n\nMessage-ID: {SIGNED}",
        "failed",
    ),
    "postmaster-ours": (
        {"From": "postmaster@mx.example", "Subject": "Re: [N-1] Принтер"},
        f"550 5.7.1 blocked\n\nMessage-ID: {SIGNED}",
        "failed",
    ),
    "words-alone": (
        {"From": "Postmaster@mx.example", "Subject": "DELIVERY FAILURE: User Ann not listed"},
        f"Your message\n\nwas not delivered to:\n\nann\n\nMessage-ID: {SIGNED}",
        "failed",
    ),
    "words-alone-ru": (
        {"From": "Почта <robot@mx.example>", "Subject": "Письмо возвращено"},
        f"Почтовый ящик ann@client.example переполнен.\n\nMessage-ID: {SIGNED}",
        "failed",
    ),
    "exchange-ru-delay": (
        {"From": "postmaster@c.example", "Subject": "Доставка отложена: [N-1] Принтер"},
        f"Это только предупреждение.\n\n4.4.7 ann@client.example\n\nMessage-ID: {SIGNED}",
        "delayed",
    ),
    "exchange-fr-delay": (
        {"From": "postmaster@c.example", "Subject": "Remise différée : [N-1]"},
        f"Le message n'a pas encore été remis. 451 4.4.1\n\nMessage-ID: {SIGNED}",
        "delayed",
    ),
    "postfix-ru-delay": (
        {"From": "MAILER-DAEMON@mx.client.example", "Subject": "Задержка доставки сообщения"},
        "Доставка вашего письма задержана, попытки доставки будут продолжены.\n\n"
        f"<ann@client.example>: 450 4.2.0 greylisted\n\nMessage-ID: {SIGNED}",
        "delayed",
    ),
}


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_report_is_read_and_names_its_letter(
    odd: tuple[dict[str, str], str, str], charset: str
) -> None:
    said, text, expected = odd
    headers: dict[str, Any] = {
        **said,
        "Subject": Header(said["Subject"], _charset(said["Subject"], charset)).encode(),
        "Content-Type": f"text/plain; charset={_charset(text, charset)}",
        "Return-Path": "<>",
    }
    found = letter(text.encode(_charset(text, charset)), headers).report
    assert found is not None
    assert (found.status, found.message_ids[0]) == (expected, SIGNED)


def _charset(text: str, charset: str) -> str:
    return "utf-8" if "é" in text else charset


def test_the_recipient_that_only_the_head_names_is_told() -> None:
    headers: dict[str, Any] = {
        "From": "Mailer-Daemon@mx.example",
        "Subject": "Mail delivery failed",
        "X-Failed-Recipients": "ann@client.example, bob@client.example",
    }
    found = letter(f"Message-ID: {SIGNED}", headers).report
    assert found is not None
    assert (found.recipient, found.message_ids) == ("ann@client.example", (SIGNED,))


def test_a_letter_that_came_back_is_not_the_one_that_it_answers() -> None:
    earlier = SIGNED.replace("e1", "e0")
    body = f"550 5.1.1 no\r\n\r\nReferences: <x@y>\r\n {earlier}\r\nMessage-ID: {SIGNED}\r\n"
    headers: dict[str, Any] = {"From": "MAILER-DAEMON@mx", "Subject": "Undelivered Mail"}
    found = letter(body, headers).report
    assert found is not None
    assert found.message_ids == (SIGNED,)


def test_of_a_report_with_a_broken_boundary_the_worst_counts() -> None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n --b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; bob@c.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        "Final-Recipient: rfc822; ann@c.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n --b--\r\n"
        f"Message-ID: {SIGNED}\r\n"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    found = letter(body, {"Content-Type": kind}).report
    assert found is not None
    assert (found.status, found.code, found.message_ids) == ("failed", "5.1.1", (SIGNED,))
