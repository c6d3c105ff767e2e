"""Which addresses a webhook may reach: resolve once, check every address, connect to that one.

`ipaddress.is_global` and `is_private` miss several traps (reliability c18), so the ranges that
are not for strangers stand here by name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
RESOLVE_SECONDS = 5.0
FORBIDDEN: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/8",  # unspecified, loopback, v4-compatible and v4-mapped
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    )
)


class NotAllowed(Exception):
    """The destination may not be reached; the code says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A checked address: `address` is what is connected to, `host` what is asked for."""

    scheme: str
    host: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL with the address in the host's place."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The Host that the receiver expects."""
        literal = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return literal if self.port == usual else f"{literal}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """allow: networks that may be reached although they are not public, at any port, by http."""

    allow: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset((443, 8443))

    async def check(self, url: str) -> Destination:
        """Where to connect. Raises NotAllowed; every address of the name must be allowed."""
        scheme, host, port, path = parts_of(url)
        addresses = await _resolve(host, port)
        for address in addresses:
            self.check_address(address, scheme, port)
        return Destination(
            scheme=scheme, host=host, address=str(addresses[0]), port=port, path=path
        )

    def check_address(self, address: Address, scheme: str, port: int) -> None:
        """Raises NotAllowed."""
        folded = _folded(address)
        if _is_in(folded, self.allow):
            return
        if _is_in(folded, FORBIDDEN) or _is_in(address, FORBIDDEN):
            raise NotAllowed("address-not-public")
        if scheme != "https":
            raise NotAllowed("https-only")
        if port not in self.ports:
            raise NotAllowed("port-not-allowed")


def _folded(address: Address) -> Address:
    """A v4-mapped address is the IPv4 address that it leads to."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)


def parts_of(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path with its query. Raises NotAllowed."""
    try:
        split = urlsplit(url)
        port = split.port
        host = _ascii(split.hostname or "")
    except ValueError as fault:
        raise NotAllowed("url-malformed") from fault
    if split.scheme not in {"http", "https"} or not host:
        raise NotAllowed("url-malformed")
    if split.username is not None or split.password is not None:
        raise NotAllowed("url-with-credentials")
    usual = 443 if split.scheme == "https" else 80
    path = split.path or "/"
    return (
        split.scheme,
        host,
        port or usual,
        path + (f"?{split.query}" * bool(split.query)),
    )


def _ascii(host: str) -> str:
    """As DNS, TLS and the Host header have it: a name in another script in Punycode."""
    return host if host.isascii() else host.encode("idna").decode()


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as fault:
        raise NotAllowed("name-not-resolved") from fault
    return _unique(str(entry[4][0]).partition("%")[0] for entry in found)


def _unique(texts: Iterable[str]) -> list[Address]:
    ordered: Collection[str] = dict.fromkeys(texts)
    return [ipaddress.ip_address(text) for text in ordered]
