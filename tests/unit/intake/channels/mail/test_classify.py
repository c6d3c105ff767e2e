import pytest

from intake.channels.mail.classify import Ourselves, classify
from reglament.mail.message_ids import message_id
from tests.unit.intake.channels.mail.letters import letter

KEY = "k" * 32
OURSELVES = Ourselves(
    addresses=frozenset({"support@desk.example"}),
    servers=frozenset({"mx.desk.example"}),
    secret=KEY,
)
OWN_ID = message_id(
    KEY, ticket="0192f0c1-7e5b-7c3a-8f00-0123456789ab", effect="x", domain="desk.example"
)


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"Auto-Submitted": "auto-replied (vacation)"}, "auto-submitted"),
        ({"Auto-Submitted": "auto-generated; type=x"}, "auto-submitted"),
        ({"Return-Path": "<>"}, "null-return-path"),
        ({"From": "Support@Desk.example"}, "own-letter"),
        ({"Message-ID": OWN_ID}, "own-letter"),
        ({"X-Loop": "x"}, "loop"),
        ({"List-Id": "<l.x>", "Precedence": "list"}, "mailing-list"),
        ({"Subject": "Автоответ: в отпуске"}, "vacation"),
        ({"Subject": "Automatic reply: away"}, "vacation"),
        ({"X-Autoreply": "yes"}, "vacation"),
        ({"Content-Type": "text/calendar; method=REPLY"}, "calendar-reply"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_machines_letter_is_filed_and_never_answered(headers: dict[str, str], rule: str) -> None:
    found = classify(letter(headers=headers), OURSELVES)
    assert (found.kind, found.rule, found.may_answer) == ("automatic", rule, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Precedence": "bulk"},
        {"Precedence": "junk"},
        {"List-Id": "<l.x>"},
        {"X-Auto-Response-Suppress": "All"},
    ],
    ids=str,
)
def test_one_sign_of_a_list_makes_a_request_that_is_not_answered(headers: dict[str, str]) -> None:
    found = classify(letter(headers=headers), OURSELVES)
    assert (found.kind, found.may_answer) == ("request", False)


@pytest.mark.parametrize(
    "headers", [{}, {"Auto-Submitted": "no"}, {"Return-Path": "<ann@customer.example>"}], ids=str
)
def test_a_persons_letter_is_answered(headers: dict[str, str]) -> None:
    found = classify(letter(headers=headers), OURSELVES)
    assert (found.kind, found.may_answer) == ("request", True)


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"From": None}, "no-from"),
        ({"From": "a@x.example, b@x.example"}, "from-several"),
        ({"From": "a@x.example\r\nFrom: b@x.example"}, "several-from"),
        ({"Authentication-Results": "mx.desk.example; dmarc=fail"}, "authentication-failed"),
        ({"Content-Type": "message/partial; id=x; number=1"}, "partial"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_letter_of_unknown_hand_is_kept_for_an_admin(
    headers: dict[str, str | None], rule: str
) -> None:
    found = classify(letter(headers=headers), OURSELVES)
    assert (found.kind, found.rule, found.may_answer) == ("quarantined", rule, False)


def test_authentic_is_what_our_server_says() -> None:
    passed = {"Authentication-Results": "mx.desk.example; dmarc=pass"}
    assert classify(letter(headers=passed), OURSELVES).is_authentic
    assert not classify(letter(), OURSELVES).is_authentic


def test_where_no_server_of_ours_says_how_from_is_believed() -> None:
    silent = Ourselves(addresses=frozenset(), servers=frozenset(), secret=KEY)
    assert classify(letter(), silent).is_authentic


def test_a_letter_cut_within_its_headers_is_kept_for_an_admin() -> None:
    cut = letter("", {"Message-ID": None, "Date": None, "To": None})
    assert classify(cut, OURSELVES).rule == "truncated"


def test_a_letter_that_says_all_in_its_subject_is_a_request() -> None:
    assert classify(letter(""), OURSELVES).kind == "request"
