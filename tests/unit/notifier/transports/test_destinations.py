"""Addresses that a webhook may never reach (reliability c18)."""

import ipaddress

import pytest

from notifier.transports.destinations import Guard, NotAllowed, parts_of

STRICT = Guard()
LOCAL = Guard(allow=(ipaddress.ip_network("127.0.0.0/8"),))
FORBIDDEN = (
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.1.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(NotAllowed):
        STRICT.check_address(ipaddress.ip_address(address), "https", 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_what_is_public_is_reached_by_https_at_known_ports(address: str) -> None:
    STRICT.check_address(ipaddress.ip_address(address), "https", 443)
    with pytest.raises(NotAllowed, match="https-only"):
        STRICT.check_address(ipaddress.ip_address(address), "http", 443)
    with pytest.raises(NotAllowed, match="port-not-allowed"):
        STRICT.check_address(ipaddress.ip_address(address), "https", 22)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
async def test_other_spellings_of_loopback_are_loopback(host: str) -> None:
    with pytest.raises(NotAllowed):
        await STRICT.check(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example/", "https:///x", "https://u:p@x.example/", "https://x.example:99999/", "x"],
)
async def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        await STRICT.check(url)


def test_a_name_in_another_script_is_asked_for_as_dns_has_it() -> None:
    scheme, host, port, path = parts_of("https://b\u00fccher.example/hook")
    assert (scheme, host, port, path) == ("https", "xn--bcher-kva.example", 443, "/hook")


async def test_an_allowed_network_is_reached_at_its_very_address() -> None:
    destination = await LOCAL.check("http://127.0.0.1:8080/hook?a=1")
    assert destination.url == "http://127.0.0.1:8080/hook?a=1"
    assert destination.host_header == "127.0.0.1:8080"
