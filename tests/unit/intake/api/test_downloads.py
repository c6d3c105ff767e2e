"""A stranger's file name in a header."""

from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.api.downloads import download_headers


def said(name: str) -> str:
    return download_headers(name)["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("screen.png", "screen.png"),
        ("Снимок экрана.png", "______ ______.png"),
        ('a"; filename="b.exe', "a__ filename__b.exe"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("...", "file"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie_ x"),
    ],
)
def test_old_clients_get_a_plain_name(name: str, plain: str) -> None:
    assert f'filename="{plain}"' in said(name)


@given(name=st.text(min_size=1, max_size=100))
def test_new_clients_get_the_very_name_and_no_name_says_more(name: str) -> None:
    header = said(name)
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    exact = header.rpartition("''")[2]
    assert unquote(exact) == name.encode("utf-8", "replace").decode()
    assert [key for key, _ in message.get_params(header="content-disposition") or ()] == [
        *("attachment", "filename", "filename")
    ]


def test_no_browser_shows_it_or_asks_for_pieces() -> None:
    headers = download_headers("x.html")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Accept-Ranges"] == "none"
