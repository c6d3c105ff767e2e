"""The front touches a request's head only."""

import json

import pytest

from reglament_local.front import addresses_from, passed_on, path_in, problem


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"GET /v1/tickets?desk=a HTTP/1.1", "/v1/tickets"),
        (b"POST / HTTP/1.0", "/"),
        (b"GET http://front/v1/desks HTTP/1.1", "/v1/desks"),
        (b"GET /v1/desks", None),
        (b"PRI * HTTP/2.0", None),
        (b"\x16\x03\x01", None),
    ],
)
def test_the_path_is_read_without_its_query(line: bytes, path: str | None) -> None:
    assert path_in(line + b"\r\nHost: h\r\n\r\n") == path


def test_a_client_cannot_claim_another_address_or_keep_the_connection() -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nx-forwarded-FOR: 9.9.9.9\r\n\r\n"
    )
    lines = passed_on(head, "127.0.0.1").split(b"\r\n")
    assert lines == [
        b"GET / HTTP/1.1",
        b"Host: h",
        b"Connection: close",
        b"X-Forwarded-For: 127.0.0.1",
        b"",
        b"",
    ]


def test_its_own_answers_are_problem_documents_of_the_told_length() -> None:
    head, _, body = problem(502, "Bad Gateway", "gone").partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["status"] == 502


def test_hosts_are_loopback_unless_the_environment_names_them() -> None:
    addresses = addresses_from({"INTAKE_HOST": "intake", "SLA_CLOCK_PORT": "9"})
    assert addresses["INTAKE_PORT"] == ("intake", 8001)
    assert addresses["SLA_CLOCK_PORT"] == ("127.0.0.1", 9)
