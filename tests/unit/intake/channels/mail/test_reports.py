import base64
import quopri
from collections.abc import Callable
from typing import Any

import pytest

from intake.channels.mail.letter import DeliveryReport
from tests.unit.intake.channels.mail.letters import letter

OURS = "<0192f0c1.opened.abc@desk.example>"


def report(action: str, status: str) -> DeliveryReport | None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; ann@customer.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OURS}\r\n\r\n--b--\r\n"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    return letter(body, {"Content-Type": kind, "Return-Path": "<>"}).report


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed", "5.1.1", "failed"),
        ("delayed", "4.4.1", "delayed"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "delivered"),
        ("unheard-of", "4.2.2", "delayed"),
        ("unheard-of", "5.2.2", "failed"),
    ],
)
def test_a_report_says_what_became_of_which_letter(action: str, status: str, expected: str) -> None:
    assert report(action, status) == DeliveryReport(
        status=expected,  # type: ignore[arg-type]
        message_ids=(OURS,),
        recipient="ann@customer.example",
        code=status,
    )


@pytest.mark.parametrize(
    ("text", "expected", "code"),
    [
        ("550 5.1.1 <ann@customer.example>: user unknown", "failed", "5.1.1"),
        ("452 4.2.2 mailbox full", "failed", "4.2.2"),
        ("450 4.4.1 busy: delivery is delayed, we will keep trying", "delayed", "4.4.1"),
    ],
)
def test_a_report_in_prose_is_one_too(text: str, expected: str, code: str) -> None:
    headers: dict[str, Any] = {
        "From": "MAILER-DAEMON@mx.example",
        "Subject": "Undelivered Mail Returned to Sender",
    }
    found = letter(f"{text}\r\n\r\n> Message-ID: {OURS}\r\n", headers).report
    assert found is not None
    assert (found.status, found.code, found.message_ids) == (expected, code, (OURS,))


def test_a_complaint_is_about_a_letter_that_arrived() -> None:
    body = f"Feedback-Type: abuse\r\n\r\nMessage-ID: {OURS}\r\n"
    found = letter(body, {"Content-Type": "message/feedback-report"}).report
    assert found is not None
    assert (found.status, found.is_complaint, found.message_ids) == ("delivered", True, (OURS,))


def test_a_client_who_quotes_a_report_has_sent_none() -> None:
    assert letter("I got 550 5.1.1 back", {"Subject": "Undelivered Mail"}).report is None


def parts_of(
    status: str,
    original: str,
    head: str = "",
    *,
    kind: str = "report",
    sender: str = "ann@c.example",
) -> DeliveryReport | None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nLook what came back, please help\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n{head}\r\n{status}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n{head}\r\n{original}\r\n--b--\r\n"
    )
    headers = {"Content-Type": f'multipart/{kind}; boundary="b"', "From": sender}
    return letter(body, headers).report


STATUS = (
    "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; ann@c.example\r\nAction: delayed\r\n"
)


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("base64", lambda text: base64.encodebytes(text.encode()).decode()),
        ("quoted-printable", lambda text: quopri.encodestring(text.encode()).decode()),
        ("base64", lambda text: text),
    ],
    ids=["base64", "quoted-printable", "a lie"],
)
def test_a_report_is_read_in_the_encodings_that_it_may_not_have(
    encoding: str, encode: Callable[[str], str]
) -> None:
    head = f"Content-Transfer-Encoding: {encoding}\r\n"
    found = parts_of(encode(STATUS), encode(f"Message-ID: {OURS}\r\n\r\nx"), head)
    assert found is not None
    assert (found.status, found.message_ids) == ("delayed", (OURS,))


def test_a_client_who_passes_a_report_on_with_its_parts_has_sent_none() -> None:
    assert parts_of(STATUS, f"Message-ID: {OURS}\r\n\r\nx", kind="mixed") is None


def returned(headers: dict[str, str | None]) -> DeliveryReport | None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {OURS}\r\n\r\nx\r\n--b--\r\n"
    )
    whole = {"Subject": "E", "Content-Type": 'multipart/mixed; boundary="b"', **headers}
    return letter(body, whole).report


@pytest.mark.parametrize("path", ["<>", "<MAILER-DAEMON@mx.example>"])
def test_what_nobody_sent_and_brings_a_letter_back_is_a_report(path: str) -> None:
    found = returned({"Return-Path": path})
    assert found is not None
    assert (found.status, found.message_ids) == ("failed", (OURS,))


def test_a_person_who_attaches_a_letter_has_sent_no_report() -> None:
    assert returned({}) is None


def test_an_absence_that_attaches_our_letter_is_no_report() -> None:
    assert returned({"Return-Path": "<>", "Auto-Submitted": "auto-replied"}) is None
    assert returned({"Return-Path": "<>", "X-Autoreply": "yes"}) is None


def test_a_complaint_of_a_form_of_its_own_is_one() -> None:
    found = returned({"Subject": "complaint about message from 192.0.2.1"})
    assert found is not None
    assert (found.is_complaint, found.message_ids) == (True, (OURS,))


def test_the_parts_of_a_report_without_a_sender_are_a_report() -> None:
    assert parts_of(STATUS, f"Message-ID: {OURS}\r\n\r\nx", kind="mixed", sender="<>") is not None
