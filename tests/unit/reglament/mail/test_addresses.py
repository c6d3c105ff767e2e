import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglament.mail.addresses import AddressError, mailbox_key, parse_address, parse_addresses


@pytest.mark.parametrize(
    ("header", "spec", "name"),
    [
        ("ann@customer.example", "ann@customer.example", ""),
        ('"Ey, Ann" <ann@Customer.Example>', "ann@customer.example", "Ey, Ann"),
        ("ann@customer.example (Ann (of sales))", "ann@customer.example", ""),
        ("Анна <anna@пример.рф>", "anna@пример.рф", "Анна"),
        ('"boss@bank.example" <evil@x.example>', "evil@x.example", "boss@bank.example"),
        ("=?utf-8?q?a=40b?= <evil@x.example>", "evil@x.example", "=?utf-8?q?a=40b?="),
        ("Ann\r\n <ann@customer.example>", "ann@customer.example", "Ann"),
        ('"a b"@customer.example', '"a b"@customer.example', ""),
        ('"ann"@customer.example', "ann@customer.example", ""),
        ("ann@\uff43ustomer\uff0eexample", "ann@customer.example", ""),
        ("ann@customer\u3002example", "ann@customer.example", ""),
        ("anna@ма\u0438\u0306.рф", "anna@май.рф", ""),
    ],
)
def test_one_address_is_read(header: str, spec: str, name: str) -> None:
    found = parse_address(header)
    assert (found.spec, found.name) == (spec, name)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nobody",
        "a@x.example, b@x.example",
        "<a@x.example> <b@x.example>",
        "a@x.example>b@y.example",
        "a@b@x.example",
        "a@x.example\nBcc: b@x.example",
        "a@x.example\x00",
        "Ann <>",
        "=?utf-8?q?ann=40customer.example=3Cevil=40x.example=3E?=",
        '"unbalanced <a@x.example>',
        "a@x.example (unbalanced",
        "friends: a@x.example, b@x.example;",
        "a.@x.example",
        "a@-x.example",
        "a" * 65 + "@x.example",
        "ann@customer\u200b.example",
        "a\u202enn@customer.example",
        "ann\u00a0@customer.example",
        "ann\uff20customer.example",
        '(" ) <evil@x.example> (") ann@customer.example',
        "a@" + "x" * 70 + ".example",
    ],
)
def test_anything_but_exactly_one_is_an_error(header: str) -> None:
    with pytest.raises(AddressError):
        parse_address(header)


def test_of_many_recipients_the_well_formed_are_kept() -> None:
    found = parse_addresses("team: a@x.example, broken, Ann <B@x.example>;")
    assert [address.spec for address in found] == ["a@x.example", "B@x.example"]


def test_case_does_not_make_another_person() -> None:
    assert parse_address("Ann@X.example").key == parse_address("ann@x.EXAMPLE").key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@X.example", " ann@x.EXAMPLE "),
        ('"ann"@x.example', "ann@x.example"),
        ("ann@\uff58.example", "ann@x.example"),
        ("rene\u0301@x.example", "ren\u00e9@x.example"),
        ("+7 495 000", " +7 495 000"),
    ],
)
def test_one_mailbox_has_one_key(one: str, other: str) -> None:
    assert mailbox_key(one) == mailbox_key(other)
    assert mailbox_key(mailbox_key(one)) == mailbox_key(one)


@given(st.text(max_size=200))
def test_whatever_is_read_is_one_plain_address(header: str) -> None:
    try:
        found = parse_address(header)
    except AddressError:
        return
    assert parse_address(found.spec).spec == found.spec
    assert not any(char in found.spec for char in "\r\n\x00,<>")
