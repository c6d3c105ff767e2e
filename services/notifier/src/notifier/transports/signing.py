"""DKIM (RFC 6376): letters of a domain that has a key are signed with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import dkim  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from reglament.yaml_core import parse_yaml

Domain = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,252}$")]


class DomainKey(BaseModel):
    """Where a domain's key is: the selector of its DNS record, an RSA key in PEM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,63}$")]
    key: Path


class Signer:
    """Signs by the domain of From, or a domain above it (aligned, as DMARC asks)."""

    def __init__(self, keys: Mapping[str, tuple[str, bytes]]) -> None:
        """keys: by domain, the selector and the PEM."""
        self._keys = dict(keys)

    def sign(self, wire: bytes, sender: str) -> bytes:
        """The letter, its signature above it; as it was where no key fits."""
        domain = self._domain_for(sender.rpartition("@")[2].lower())
        if domain is None:
            return wire
        selector, pem = self._keys[domain]
        return bytes(dkim.sign(wire, selector.encode(), domain.encode(), pem)) + wire

    def _domain_for(self, domain: str) -> str | None:
        while domain and domain not in self._keys:
            domain = domain.partition(".")[2]
        return domain or None


def load_signer(path: Path | None) -> Signer:
    """The keys that a YAML file names, `domain: {selector: …, key: file}`; files beside it.

    Raises OSError, ValueError where one is missing or no key: at the start, not at a letter.
    """
    if path is None:
        return Signer({})
    named = TypeAdapter(dict[Domain, DomainKey]).validate_python(parse_yaml(path.read_text()))
    keys = {
        domain: (entry.selector, (path.parent / entry.key).read_bytes())
        for domain, entry in named.items()
    }
    for domain, (selector, pem) in keys.items():
        _try(domain, selector, pem)
    return Signer(keys)


def _try(domain: str, selector: str, pem: bytes) -> None:
    probe = f"From: probe@{domain}\r\n\r\n".encode()
    try:
        dkim.sign(probe, selector.encode(), domain.encode(), pem)
    except dkim.DKIMException as fault:
        raise ValueError(f"the DKIM key of {domain} cannot be used: {fault}") from fault
