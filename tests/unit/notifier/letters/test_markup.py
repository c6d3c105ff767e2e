"""The HTML part says what the text part says, and nothing in it is live but links."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.letters.markup import to_html

TAGS = {"html", "head", "meta", "title", "body", "div", "p", "br", "ul", "li", "a", "!"}


class Seen(HTMLParser):
    """Tags, links and the text of the body."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_paragraphs_lists_and_lines_keep_their_shape() -> None:
    markup = to_html("Hello,\nAnn\n\nAdd:\n- one\n- two\n\nBye\n", subject="S", locale="fr")
    assert '<html lang="fr">' in markup
    assert "Hello,<br>\nAnn</p>" in markup
    assert markup.count("<li ") == 2
    assert markup.count("<p ") == 3


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://x.example/a?b=1&c=2#token=t.e.s.", "https://x.example/a?b=1&c=2#token=t.e.s"),
        ("(http://x.example/a), then", "http://x.example/a"),
        ('https://x.example/"onclick="alert(1)', "https://x.example/"),
    ],
)
def test_web_addresses_can_be_followed(text: str, link: str) -> None:
    assert Seen(to_html(text, subject="", locale="en")).links == [link]


@given(text=st.text(max_size=300), subject=st.text(max_size=50))
def test_no_text_becomes_markup(text: str, subject: str) -> None:
    seen = Seen(to_html(f"<script>alert(1)</script>{text}", subject=subject, locale="ru"))
    assert seen.tags <= TAGS
    assert all(link.startswith(("http://", "https://")) for link in seen.links)
    assert "<script>alert(1)</script>" in "".join(seen.words)


def test_colours_are_the_readers_own_and_nothing_is_fetched() -> None:
    markup = to_html("Hello", subject="S", locale="en")
    assert 'name="color-scheme" content="light dark"' in markup
    for word in ("background", "color:", "<img", "src=", "@import", "url("):
        assert word not in markup
