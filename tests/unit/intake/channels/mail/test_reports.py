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
